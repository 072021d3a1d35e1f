using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Telemed.EndToEnd.Tests")]
[assembly: InternalsVisibleTo("Telemed.Chaos")]
