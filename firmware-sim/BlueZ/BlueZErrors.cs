using Telemed.DBus;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>The error replies of BlueZ 5.66, with its own texts: programs match on both.</summary>
internal static class BlueZErrors
{
    public static DBusException NotReady() => Of("NotReady", "Resource Not Ready");

    public static DBusException InProgress() => Of("InProgress", "Operation already in progress");

    public static DBusException NotConnected() => Of("NotConnected", "Not Connected");

    public static DBusException NotSupported() => Of("NotSupported", "Operation is not supported");

    public static DBusException AlreadyExists() => Of("AlreadyExists", "Already Exists");

    public static DBusException DoesNotExist() => Of("DoesNotExist", "Does Not Exist");

    public static DBusException InvalidArguments(string why = "Invalid arguments in method call") => Of("InvalidArguments", why);

    public static DBusException Failed(string why) => Of("Failed", why);

    public static DBusException ConnectionAborted() => Failed("le-connection-abort-by-local");

    public static DBusException ConnectionAttemptFailed() => Of("ConnectionAttemptFailed", "Page Timeout");

    public static DBusException AuthenticationFailed() => Of("AuthenticationFailed", "Authentication Failed");

    public static DBusException AuthenticationCanceled() => Of("AuthenticationCanceled", "Authentication Canceled");

    /// <summary>What BlueZ makes of an ATT error response.</summary>
    public static DBusException Of(AttError error) => error switch
    {
        AttError.ReadNotPermitted => Of("NotPermitted", "Read not permitted"),
        AttError.WriteNotPermitted => Of("NotPermitted", "Write not permitted"),
        AttError.InsufficientAuthentication => Of("NotPermitted", "Not paired"),
        AttError.InvalidOffset => Of("InvalidOffset", "Invalid offset"),
        AttError.InvalidLength => Of("InvalidValueLength", "Invalid value length"),
        _ => Failed($"Operation failed with ATT error: 0x{(int)error:x2}"),
    };

    public static DBusException WriteNotPermitted() => Of(AttError.WriteNotPermitted);

    private static DBusException Of(string name, string message) => new("org.bluez.Error." + name, message);
}
