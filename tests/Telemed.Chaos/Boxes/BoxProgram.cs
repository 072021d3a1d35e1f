using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telemed.Edge;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;
using Telemed.Edge.Uplink;
using Telemed.Vitals;

namespace Telemed.Chaos.Boxes;

/// <summary>
/// The process that is killed: a gateway's durable part, which is its real rooms from the notification to the uplink, put together as the
/// program does, without a radio, a page and a panel. Visits come as lines on standard input, and each thing that is durable is told by a
/// line on standard output. The order of words is <see cref="BoxProcess"/>'s.
/// </summary>
internal sealed class BoxProgram : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IVisitSink _sink;
    private readonly BootClock _boot;
    private readonly bool _answersEarly;
    private readonly ConcurrentDictionary<string, Channel<string[]>> _queues = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<DateTime>> _clocks = [];
    private readonly ConcurrentDictionary<DeviceId, bool> _broken = [];
    private readonly Lock _output = new();

    private BoxProgram(string folder, string gateway, string port, BootClock boot, bool answersEarly)
    {
        _answersEarly = answersEarly;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = gateway,
            ["Gateway:Data"] = folder,
            ["Outbox:Path"] = Path.Combine(folder, "outbox.db"),

            // Little of it, so that images are small and the trimming runs too.
            ["Outbox:HistoryKept"] = "200",
            ["Uplink:Port"] = port,
            ["Uplink:ReceiptTimeout"] = "00:00:02",
            ["Uplink:StatusInterval"] = "00:00:02",
            ["Uplink:BackoffFirst"] = "00:00:00.100",
            ["Uplink:BackoffCap"] = "00:00:01",
        }).Build();
        var services = new ServiceCollection();
        services.AddLogging(log => log.SetMinimumLevel(LogLevel.Warning).AddProvider(new BoxLog()));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(boot);
        services.AddGateway(configuration);
        services.AddMetrics();
        services.AddTiming(configuration, _ => folder);
        services.AddAttribution(configuration, _ => Path.Combine(folder, "attribution.db"));
        services.AddOutbox(configuration);
        services.AddSingleton(QuirkCatalogue.Embedded);
        services.AddSingleton<ReadingDrafts>();
        services.AddSingleton<SeriesSegments>();
        services.AddSingleton<VitalsPipeline>();
        services.AddUplink(configuration);
        services.AddHostedService<Redating>();
        _services = services.BuildServiceProvider();
        (_sink, _boot) = (_services.GetRequiredService<VitalsPipeline>(), _services.GetRequiredService<BootClock>());
        var clock = _services.GetRequiredService<GatewayClock>();
        _services.GetRequiredService<LinkTime>().Heard = (at, asked, answered) => clock.TakeLinkTime(at, _boot.At(asked), _boot.At(answered));
    }

    /// <summary>
    /// FOLDER GATEWAY PORT BOOT BOOTED [early]; ends with standard input. BOOTED: this machine's up-time at which the box, as it sees it, was
    /// switched on.
    /// </summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var boot = BootClock.OfThisMachine(TimeProvider.System).Since(Guid.Parse(arguments[3]), TimeSpan.FromSeconds(double.Parse(arguments[4], CultureInfo.InvariantCulture)));
        using var box = new BoxProgram(arguments[0], arguments[1], arguments[2], boot, arguments is [.., "early"]);
        foreach (var service in box._services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        box.Tell("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            box.Take(line.Split(' '));
        }

        return 0;
    }

    public void Dispose() => _services.Dispose();

    private void Take(string[] words)
    {
        switch (words)
        {
            case ["clock", var device, var shown]:
                _clocks[device].TrySetResult(DateTime.Parse(shown, CultureInfo.InvariantCulture));
                break;
            case ["enrol", var device, var station]:
                _services.GetRequiredService<AttributionStore>().Enrol(new EnrolledDevice(new DeviceId(device), device, station));
                Tell("enrolled " + device);
                break;
            case ["open", var station, var patient]:
                TryToOpen(station, patient);
                break;
            case ["status"]:
                var depth = _services.GetRequiredService<DurableOutbox>().Depth();
                var waiting = _services.GetRequiredService<Readings>().Waiting.Length;
                var aside = _services.GetRequiredService<DurableOutbox>().Refused(int.MaxValue).Count;
                Tell(string.Create(CultureInfo.InvariantCulture, $"status {depth.Total + depth.Held} {waiting} {aside}"));
                break;
            case [_, var device, ..]:
                // One meter's things one after the other, several meters beside each other.
                _queues.GetOrAdd(device, StartQueue).Writer.TryWrite(words);
                break;
        }
    }

    private Channel<string[]> StartQueue(string device)
    {
        var queue = Channel.CreateUnbounded<string[]>();
        _ = Task.Run(DrainAsync);
        return queue;

        async Task DrainAsync()
        {
            DeviceVisit? visit = null;
            try
            {
                await foreach (var words in queue.Reader.ReadAllAsync())
                {
                    visit = await VisitAsync(new DeviceId(device), words, visit);
                }
            }
            catch (Exception e)
            {
                Environment.FailFast("A visit broke.", e);
            }
        }
    }

    private async Task<DeviceVisit?> VisitAsync(DeviceId device, string[] words, DeviceVisit? visit)
    {
        switch (words)
        {
            case ["visit", _, var hasClock]:
                visit = new DeviceVisit(device, TimeProvider.System.GetUtcNow(), DeviceInformation.Nothing, hasClock == "clock" ? await ReadClockAsync(device) : null, null);
                _broken[device] = false;
                await BeginAsync(visit);
                break;
            case ["note", _, var characteristic, var octets, var readTo, var token]:
                var notification = new GattNotification(
                    device, ushort.Parse(characteristic, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Convert.FromHexString(octets),
                    TimeProvider.System.GetUtcNow(), _boot.SinceBoot);
                var to = readTo == "-" ? (RecordMark?)null : new RecordMark(ushort.Parse(readTo, CultureInfo.InvariantCulture), null);
                if (_answersEarly)
                {
                    Tell("took " + token);
                }

                // As in a real visit: what the disk refuses ends it, and what has come meanwhile is not taken either.
                _broken[device] = _broken[device] || !await TryAsync(() => _sink.ReceiveAsync(visit!, notification, to, default));
                Tell((_broken[device] ? "failed " : "took ") + token);
                break;
            case ["end", _]:
                var reason = _broken[device] ? VisitEndReason.Failed : VisitEndReason.Completed;
                await TryAsync(() => _sink.EndAsync(visit!, new VisitEnd(reason, VisitStep.Listen), default));
                Tell("ended " + device.Value);
                break;
        }

        return visit;
    }

    private async Task BeginAsync(DeviceVisit visit)
    {
        try
        {
            var mark = await _sink.BeginAsync(visit, default);
            Tell($"mark {visit.Device.Value} {mark?.Number.ToString(CultureInfo.InvariantCulture) ?? "-"}");
        }
        catch (DbException)
        {
            Tell($"mark {visit.Device.Value} full");
        }
    }

    private async Task<ClockReading> ReadClockAsync(DeviceId device)
    {
        var answer = _clocks[device.Value] = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = _boot.SinceBoot;
        Tell("clock? " + device.Value);
        var shown = await answer.Task;
        var trip = _boot.SinceBoot - asked;
        return new ClockReading(shown, TimeProvider.System.GetUtcNow() - (trip / 2), asked + (trip / 2), trip);
    }

    private static async Task<bool> TryAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }

    private void TryToOpen(string station, string patient)
    {
        try
        {
            _services.GetRequiredService<Sessions>().Open(station, new PatientId(Guid.Parse(patient)), "enf.prueba");
            Tell("opened " + patient);
        }
        catch (DbException)
        {
            Tell("unopened " + patient);
        }
    }

    private void Tell(string line)
    {
        lock (_output)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    // Errors go to the box's log file, through standard error; a warning is what chaos is about.
    private sealed class BoxLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Console.Error.WriteLine($"! {eventId.Id} {formatter(state, exception)} {exception}".ReplaceLineEndings(" "));
            }
        }

        public void Dispose()
        {
        }
    }
}
