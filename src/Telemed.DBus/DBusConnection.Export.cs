namespace Telemed.DBus;

/// <summary>Being called by others.</summary>
public sealed partial class DBusConnection
{
    private bool Answer(IncomingCall call)
    {
        call.Dispose();
        return false;
    }
}
