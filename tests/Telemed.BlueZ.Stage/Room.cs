using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Edge.Quirks;
using Telemed.Vitals;

namespace Telemed.BlueZ.Stage;

/// <summary>
/// What the scenarios share: a bluetoothd that may be killed and is started by the bus for whoever asks, simulated meters on btvirt's
/// controllers, and the gateway's radio.
/// </summary>
internal sealed class Room : IAsyncDisposable
{
    private const string BusDaemon = "org.freedesktop.DBus";
    private const string VirtualControllers = "/tmp/bt-server-le";

    // Five times what the gateway has: the guest is twenty to thirty times slower than the machine under it.
    private static readonly string[] Limits =
        ["Ble:ConnectLimit=00:01:40", "Ble:DiscoverLimit=00:02:00", "Ble:CallLimit=00:00:50", "Ble:RadioCheck=00:00:01"];

    private readonly string _simulator;
    private readonly ServiceProvider _services;
    private readonly Person _person;
    private readonly CancellationTokenSource _closed = new();
    private Task _scan = Task.CompletedTask;
    private Gateway? _gateway;

    private Room(string simulator, ServiceProvider services, Person person)
    {
        (_simulator, _services, _person) = (simulator, services, person);
        Central = services.GetRequiredService<IBleCentral>();
        Options = services.GetRequiredService<Microsoft.Extensions.Options.IOptions<BleOptions>>().Value;
    }

    public IBleCentral Central { get; }

    public BleOptions Options { get; }

    /// <summary>Meters that want nothing of the link.</summary>
    public Meters Meters { get; private set; } = null!;

    /// <summary>Meters that give health data to whom they are paired with only; nobody has to type anything.</summary>
    public Meters SecureMeters { get; private set; } = null!;

    /// <summary>Starts everything; the meters are on the air and the radio is on.</summary>
    public static async Task<Room> OpenAsync(string simulator)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            Limits.Select(limit => KeyValuePair.Create(limit.Split('=')[0], (string?)limit.Split('=')[1]))).Build();
        var services = new ServiceCollection();
        services.AddLogging(log => log.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        services.AddSingleton<IMeterHabits>(QuirkCatalogue.Embedded);
        services.AddBle(configuration);
        var person = new Person();
        services.AddSingleton<IPairingPrompt>(person);
        var room = new Room(simulator, services.BuildServiceProvider(), person);
        room._scan = room.ScanAsync();
        var meters = room.StartMetersAsync("--older-records", "200", "--record-pace", "50ms");
        var secure = room.StartMetersAsync("--seed", "2", "--security", "JustWorks");
        (room.Meters, room.SecureMeters) = (await meters, await secure);
        await room.RadioAsync(RadioState.On);
        return room;
    }

    /// <summary>
    /// The whole gateway, which from then on has the radio for itself: it starts when it is first asked for.
    /// </summary>
    public async Task<Gateway> GatewayAsync()
    {
        if (_gateway is null)
        {
            await LeaveRadioAsync();
            _gateway = await Gateway.StartAsync([.. Limits, "Ble:PauseBetweenVisits=00:00:01", "Ble:CuffIdle=00:00:02", "Ble:OximeterIdle=00:00:05"]);
            await Wait.ForAsync("the gateway's radio is on", () => _gateway.Central.Radio == RadioState.On);
        }

        return _gateway;
    }

    /// <summary>Puts more meters on the air, which are used only when they are told to.</summary>
    public Task<Meters> StartMetersAsync(params IEnumerable<string> arguments) => Meters.StartAsync(
        _simulator, ["--hci", VirtualControllers, .. arguments, "--cuff-every", "1h", "--glucose-every", "1h", "--cuff-inflation", "1s"]);

    /// <summary>Waits until a meter is seen, and gives what it shows.</summary>
    public async Task<Advertisement> FindAsync(DeviceId device, CancellationToken stop)
    {
        await foreach (var advertisement in Central.ScanAsync(stop))
        {
            if (advertisement.Device == device)
            {
                return advertisement;
            }
        }

        throw new InvalidOperationException("The scan ended by itself.");
    }

    /// <summary>Finds a meter and visits it once.</summary>
    public async Task<(VisitEnd End, DeviceVisit? Visit)> TryVisitAsync(DeviceId device, Basket basket, CancellationToken stop)
    {
        await FindAsync(device, stop);
        var session = new PeripheralSession(device, Central, basket, new NoClock(), Options, TimeProvider.System, BootClock.OfThisMachine(TimeProvider.System), QuirkCatalogue.Embedded);
        return (await session.RunAsync(stop), session.Visit);
    }

    /// <summary>
    /// Finds a meter and visits it, as the gateway does: again when no connection came about, which happens with real radios and
    /// is told.
    /// </summary>
    public async Task<(VisitEnd End, DeviceVisit? Visit)> VisitAsync(DeviceId device, Basket basket, CancellationToken stop)
    {
        while (true)
        {
            var (end, visit) = await TryVisitAsync(device, basket, stop);
            if (end is not { Step: VisitStep.Connect, Reason: VisitEndReason.Failed or VisitEndReason.LinkLost })
            {
                return (end, visit);
            }

            Console.WriteLine($"     again after {end} {end.Detail}");
        }
    }

    /// <summary>Waits for a state of the radio.</summary>
    public async Task RadioAsync(RadioState state) => await Wait.ForAsync($"the radio is {state}", () => Central.Radio == state);

    /// <summary>SIGKILL.</summary>
    public static async Task KillBluetoothdAsync()
    {
        await using var bus = await DBusConnection.ConnectAsync("system", CancellationToken.None);
        var process = await bus.CallAsync(
            BusDaemon, "/org/freedesktop/DBus", BusDaemon, "GetConnectionUnixProcessID", "s", ["org.bluez"], TimeSpan.FromSeconds(20));
        using var bluetoothd = Process.GetProcessById((int)(uint)process[0]);
        bluetoothd.Kill();
    }

    /// <summary>Switches the adapter off behind the gateway's back.</summary>
    public static async Task SwitchOffAsync()
    {
        await using var bus = await DBusConnection.ConnectAsync("system", CancellationToken.None);
        await bus.CallAsync(
            "org.bluez", "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv",
            ["org.bluez.Adapter1", "Powered", new DBusVariant("b", false)], TimeSpan.FromSeconds(20));
    }

    /// <summary>Pairs with a meter; asked for digits, the person types these.</summary>
    public async Task PairAsync(DeviceId device, CancellationToken stop, string? digits = null)
    {
        await FindAsync(device, stop);
        _person.Digits = digits;
        await Central.PairAsync(device, TimeSpan.FromSeconds(60), stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await LeaveRadioAsync();
        _closed.Dispose();
        await Meters.DisposeAsync();
        await SecureMeters.DisposeAsync();
    }

    private async Task LeaveRadioAsync()
    {
        await _closed.CancelAsync();
        await _scan.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _services.DisposeAsync();
    }

    // As the gateway does, which scans for ever.
    private async Task ScanAsync() => await Central.ScanAsync(_closed.Token).CountAsync();
}

/// <summary>A gateway whose clock is not known: it sets no meter's.</summary>
internal sealed class NoClock : IUnitClock
{
    public DateTime? LocalAt(TimeSpan sinceBoot) => null;
}

/// <summary>Somebody at the gateway who says yes to every question and types the digits that the meter shows.</summary>
internal sealed class Person : IPairingPrompt
{
    public string? Digits { get; set; }

    public Task<PairingAnswer?> AskAsync(DeviceId device, PairingQuestionKind kind, string? code, CancellationToken cancelled) =>
        Task.FromResult<PairingAnswer?>(new PairingAnswer(true, Digits));

    public bool Show(DeviceId device, string code) => true;
}
