namespace Telemed.FirmwareSim.Tests;

/// <summary>A directory that ends with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sim-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
