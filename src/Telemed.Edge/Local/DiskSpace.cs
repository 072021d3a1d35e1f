using Microsoft.Extensions.Options;

namespace Telemed.Edge.Local;

/// <summary>The room on the disk that keeps the readings.</summary>
public sealed class DiskSpace(IOptions<GatewayOptions> gateway)
{
    // A reading takes some hundred bytes: this is still a million of them, and the time to do something about it.
    private const long Little = 500_000_000;

    /// <summary>Free octets, null when the system does not tell.</summary>
    public long? Free
    {
        get
        {
            try
            {
                return new DriveInfo(Path.GetFullPath(gateway.Value.Data)).AvailableFreeSpace;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether a person should look at it.</summary>
    public bool IsNearlyFull => Free < Little;
}
