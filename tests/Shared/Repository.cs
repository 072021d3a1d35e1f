namespace Telemed.Tests;

/// <summary>Where the sources lie that a test reads.</summary>
internal static class Repository
{
    public static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo folder) => File.Exists(Path.Combine(folder.FullName, "Telemed.sln"))
        ? folder.FullName
        : Find(folder.Parent ?? throw new InvalidOperationException("Telemed.sln is in no folder above the tests."));
}
