using System.Diagnostics.CodeAnalysis;

namespace Telemed.DBus;

/// <summary>
/// A connection to a D-Bus daemon, by libsystemd's sd-bus. One thread of its own, the loop thread, owns the native side;
/// all members may be used from any thread. After a loss it comes back by itself, with back-off: its matches are added and
/// its names requested again, its objects are exported as before.
/// </summary>
public sealed partial class DBusConnection : IAsyncDisposable
{
    private readonly string _address;
    private readonly DBusOptions _options;
    private volatile string _uniqueName = "";

    private DBusConnection(string address, DBusOptions options)
    {
        _address = address;
        _options = options;
        new Thread(Run) { IsBackground = true, Name = "D-Bus" }.Start();
    }

    /// <summary>
    /// Connects to "system" or to an address such as "unix:path=/run/bus". Throws DBusDisconnectedException when the bus is
    /// not there now, ArgumentException when the address or an option is not valid.
    /// </summary>
    [SuppressMessage("Design", "CA1068", Justification = "Few callers have options; most have a token.")]
    public static async Task<DBusConnection> ConnectAsync(string address, CancellationToken cancellation = default, DBusOptions? options = null)
    {
        if (address is not "system" && !address.Contains(':', StringComparison.Ordinal))
        {
            throw Bus.NoAddress(address); // sd-bus would only say that nobody is there
        }

        cancellation.ThrowIfCancellationRequested();
        var connection = new DBusConnection(address, (options ?? new DBusOptions()).Checked());
        try
        {
            await connection._started.Task.WaitAsync(cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Our name on the bus, e.g. ":1.42"; another one after each reconnect.</summary>
    public string UniqueName => _uniqueName;

    /// <summary>True from connect to loss, and again from <see cref="Reconnected"/> on.</summary>
    public bool IsConnected => _up is not null;

    /// <summary>
    /// The bus was lost; pending calls have failed, and calls fail at once until <see cref="Reconnected"/>. On the loop
    /// thread: be quick, do not block.
    /// </summary>
    public event Action? Disconnected;

    /// <summary>
    /// The bus is back, with our matches, names and objects; what its other users kept for us is gone, as it is for a new
    /// client. On the loop thread: be quick, do not block.
    /// </summary>
    public event Action? Reconnected;

    /// <summary>What was sent leaves first (for at most a second); pending calls fail; exported objects vanish.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        Post(static () => { });
        await _ended.Task.ConfigureAwait(false);
    }
}
