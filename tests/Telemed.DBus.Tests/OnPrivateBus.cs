using System.Collections.Concurrent;

namespace Telemed.DBus.Tests;

/// <summary>A real dbus-daemon for each test, and connections to it that tell every fault.</summary>
public abstract class OnPrivateBus : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dbus").FullName;
    private readonly List<DBusConnection> _connections = [];

    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    protected PrivateBus Bus { get; private set; } = null!;

    /// <summary>What any connection of this test could tell nobody else. A test that expects some takes it out.</summary>
    protected ConcurrentQueue<Exception> Faults { get; } = new();

    public async Task InitializeAsync() => Bus = await PrivateBus.StartAsync(_directory);

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await Bus.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        Faults.ShouldBeEmpty();
    }

    protected async Task<DBusConnection> ConnectAsync(DBusOptions? options = null)
    {
        var connection = await DBusConnection.ConnectAsync(
            Bus.Address, options: (options ?? new DBusOptions()) with { OnFault = Faults.Enqueue });
        _connections.Add(connection);
        return connection;
    }

    /// <summary>Waits for what another process or the loop thread brings about.</summary>
    protected static async Task EventuallyAsync(string what, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"waited {Limit} for: {what}");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>A call to the bus itself.</summary>
    protected static Task<IReadOnlyList<object>> AskBusAsync(
        DBusConnection connection, string member, string signature = "", params IReadOnlyList<object> arguments) =>
        connection.CallAsync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, signature, arguments);
}
