using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Edge.Quirks;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A bus of the test's own and, once started, the room on it as the host wires it; time limits are short.</summary>
internal sealed class Ward : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ward").FullName;
    private IHost? _host;

    public PrivateBus Bus { get; private set; } = null!;

    public RecordingSink Sink { get; } = new();

    /// <summary>Where notifications go when not to the sink.</summary>
    public IVisitSink? MainPath { get; set; }

    public RecordingLog Log { get; } = new();

    /// <summary>Known, and of central Mexico, unless the test says otherwise.</summary>
    public SettableUnitClock UnitClock { get; } = new();

    /// <summary>How many errors the test means to provoke; any other number fails it.</summary>
    public int ExpectedDefects { get; set; }

    public Dictionary<string, string?> Settings { get; } = new()
    {
        ["Ble:ConnectLimit"] = "00:00:03",
        ["Ble:CallLimit"] = "00:00:03",
        ["Ble:RestBeforeRecords"] = "00:00:00.05",
        ["Ble:RecordsIdle"] = "00:00:02",
        ["Ble:CuffFirst"] = "00:00:02",
        ["Ble:CuffIdle"] = "00:00:00.7",
        ["Ble:OximeterIdle"] = "00:00:01",
        ["Ble:PauseBetweenVisits"] = "00:00:00.2",
        ["Ble:RadioCheck"] = "00:00:00.5",
        ["Ble:HealAfter"] = "00:00:02",
    };

    public IServiceProvider Services => _host!.Services;

    public IBleCentral Central => Services.GetRequiredService<IBleCentral>();

    public static async Task<Ward> OpenAsync()
    {
        var ward = new Ward();
        ward.Bus = await PrivateBus.StartAsync(ward._directory);
        return ward;
    }

    public async Task StartAsync(params DeviceId[] enrolled)
    {
        Settings["Ble:Bus"] = Bus.Address;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Logging.AddProvider(Log);
        builder.Services.AddSingleton(MainPath ?? Sink);
        builder.Services.AddSingleton<IUnitClock>(UnitClock);
        builder.Services.AddSingleton<IMeterHabits>(QuirkCatalogue.Embedded);
        builder.Services.AddSingleton<IEnrolledDevices>(new Enrolled(enrolled));
        builder.Services.AddBle(builder.Configuration);
        _host = builder.Build();
        await _host.StartAsync();
    }

    public Task StopAsync() => _host!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            await ((IAsyncDisposable)_host).DisposeAsync();
        }

        await Bus.DisposeAsync();
        Log.Defects.ShouldBe(ExpectedDefects, string.Join(Environment.NewLine, Log.Lines));
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class Enrolled(DeviceId[] devices) : IEnrolledDevices
    {
        private readonly ImmutableHashSet<DeviceId> _devices = [.. devices];

        private readonly ConcurrentDictionary<DeviceId, VisitHold> _holds = new();

        public bool Contains(DeviceId device) => _devices.Contains(device);

        public bool IsPaired(DeviceId device) => false;

        public VisitHold? HoldOf(DeviceId device) => _holds.TryGetValue(device, out var hold) ? hold : null;

        public bool SetHold(DeviceId device, VisitHold? hold)
        {
            if (hold is { } reason && Contains(device))
            {
                _holds[device] = reason;
            }
            else
            {
                _holds.TryRemove(device, out _);
            }

            return Contains(device);
        }

        public void EnrolPaired(DeviceId device, string label, string station) => throw new NotSupportedException("Nothing is paired here.");
    }
}

/// <summary>The unit's time as the test wants it to be known: UTC less <see cref="Behind"/>, or not at all.</summary>
internal sealed class SettableUnitClock : IUnitClock
{
    public TimeSpan? Behind { get; set; } = TimeSpan.FromHours(6);

    /// <summary>When the machine was started.</summary>
    public DateTimeOffset StartedAt { get; init; } = TimeProvider.System.GetUtcNow() - BootClock.OfThisMachine(TimeProvider.System).SinceBoot;

    public DateTime? LocalAt(TimeSpan sinceBoot) => Behind is { } behind ? StartedAt.UtcDateTime + sinceBoot - behind : null;
}

/// <summary>What was logged, as text with its level.</summary>
internal sealed class RecordingLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public int Defects { get; private set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Keep(logLevel, $"{logLevel}: {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }

    private void Keep(LogLevel level, string line)
    {
        Lines.Enqueue(line);
        Defects += level >= LogLevel.Error ? 1 : 0;
    }
}

/// <summary>A main path that keeps what it is given.</summary>
internal sealed class RecordingSink : IVisitSink
{
    private readonly ConcurrentDictionary<DeviceId, ImmutableList<object>> _told = new();
    private readonly ConcurrentDictionary<DeviceId, ImmutableList<RecordMark>> _marks = new();

    /// <summary>The last record number per meter, as the main path would know it.</summary>
    public ConcurrentDictionary<DeviceId, ushort> LastRecord { get; } = new();

    /// <summary>What it knows of that record; none unless the test says so.</summary>
    public ConcurrentDictionary<DeviceId, ulong> Fingerprint { get; } = new();

    /// <summary>How far the meter's memory was read, each time that it was told.</summary>
    public ImmutableList<RecordMark> Marks(DeviceId device) => _marks.GetValueOrDefault(device, []);

    /// <summary>Awaited before each notification counts as durable.</summary>
    public Func<GattNotification, Task> BeforeStored { get; set; } = _ => Task.CompletedTask;

    /// <summary>Everything the meter's visits told, in order: DeviceVisit, GattNotification, VisitEnd.</summary>
    public ImmutableList<object> Told(DeviceId device) => _told.GetValueOrDefault(device, []);

    public IReadOnlyList<VisitEnd> Ends(DeviceId device) => [.. Told(device).OfType<VisitEnd>()];

    public IReadOnlyList<GattNotification> Notifications(DeviceId device) => [.. Told(device).OfType<GattNotification>()];

    /// <summary>The notifications as text: 2A18:0B.</summary>
    public IReadOnlyList<string> Frames(DeviceId device) =>
        [.. Notifications(device).Select(n => $"{n.Characteristic}:{Convert.ToHexString(n.Value.Span)}")];

    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c)
    {
        Add(visit.Device, visit);
        return ValueTask.FromResult(LastRecord.TryGetValue(visit.Device, out var last)
            ? new RecordMark(last, Fingerprint.TryGetValue(visit.Device, out var fingerprint) ? fingerprint : null) : (RecordMark?)null);
    }

    public async ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c)
    {
        await BeforeStored(notification);
        Add(visit.Device, notification);
        if (readTo is { } record)
        {
            Mark(visit.Device, record);
        }
    }

    public ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c)
    {
        Mark(visit.Device, readTo);
        return ValueTask.CompletedTask;
    }

    public ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c)
    {
        Add(visit.Device, end);
        return ValueTask.CompletedTask;
    }

    private void Mark(DeviceId device, RecordMark mark)
    {
        LastRecord[device] = mark.Number;
        _marks.AddOrUpdate(device, _ => [mark], (_, marks) => marks.Add(mark));
        if (Fingerprint.ContainsKey(device) && mark.Fingerprint is { } fingerprint)
        {
            Fingerprint[device] = fingerprint;
        }
    }

    private void Add(DeviceId device, object what) =>
        _told.AddOrUpdate(device, _ => [what], (_, told) => told.Add(what));
}

/// <summary>Waits across processes and threads; says what it waited for.</summary>
internal static class Eventually
{
    public static async Task BecomesTrue(string what, Func<bool> condition, int seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"within {seconds} s: {what}");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
