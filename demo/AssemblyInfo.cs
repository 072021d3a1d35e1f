using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Telemed.EndToEnd.Tests")]
