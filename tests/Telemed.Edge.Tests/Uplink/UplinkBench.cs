using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telemed.Edge.Outbox;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>A gateway with outbox and uplink as the host wires them, a real broker, and a small cloud that says what it stored.
/// A test in which the gateway logs an error fails.</summary>
public abstract class UplinkBench : IAsyncLifetime
{
    protected static readonly GatewayId Gateway = new("gw-test");
    private readonly OutboxFolder _folder = new();
    private readonly ConcurrentQueue<string> _errors = [];
    private IHost? _host;

    protected MosquittoBroker Broker { get; private set; } = null!;

    internal StandInCloud Cloud { get; private set; } = null!;

    protected DurableOutbox Outbox => _host!.Services.GetRequiredService<DurableOutbox>();

    protected LinkState Link => _host!.Services.GetRequiredService<LinkMonitor>().Current;

    protected MonthUse Use => _host!.Services.GetRequiredService<DataUse>().Now;

    protected RosterDelivery Roster => _host!.Services.GetRequiredService<RosterDelivery>();

    protected CommandDesk Commands => _host!.Services.GetRequiredService<CommandDesk>();

    protected LinkPost Post => _host!.Services.GetRequiredService<LinkPost>();

    protected string Folder => Path.GetDirectoryName(_folder.Path)!;

    private Dictionary<string, string?> Settings { get; } = new()
    {
        ["Gateway:Id"] = Gateway.Value,
        // Short, because a restarted broker may have the gateway back before the cloud, and drops what nobody subscribes to.
        ["Uplink:ReceiptTimeout"] = "00:00:01",
        ["Uplink:BackoffFirst"] = "00:00:00.050",
        ["Uplink:BackoffCap"] = "00:00:00.200",
    };

    public async Task InitializeAsync()
    {
        Broker = await MosquittoBroker.StartAsync(BrokerOptions());
        Cloud = new StandInCloud(Broker.Port, Gateway);
        await Cloud.StartAsync();
        _host = Build();
    }

    public async Task DisposeAsync()
    {
        await CloseGatewayAsync();
        await Cloud.DisposeAsync();
        await Broker.DisposeAsync();
        _folder.Dispose();
        _errors.ShouldBeEmpty();
    }

    protected virtual MosquittoBrokerOptions BrokerOptions() => new() { DataDirectory = Path.Combine(Folder, "broker") };

    /// <summary>Until then only the outbox is open.</summary>
    protected async Task StartGatewayAsync() => await _host!.StartAsync();

    protected async Task RestartGatewayAsync(params (string Key, string Value)[] settings)
    {
        await CloseGatewayAsync();
        foreach (var (key, value) in settings)
        {
            Settings[key] = value;
        }

        _host = Build();
        await StartGatewayAsync();
    }

    /// <summary>Appends temperatures, one capture each.</summary>
    protected async Task AppendAsync(int count, OutboxLane lane = OutboxLane.Normal) => await Outbox.AppendAsync(new OutboxWrite
    {
        Captures = [.. Enumerable.Range(0, count).Select(i => new NewCapture(OutboxFolder.Raw())
        {
            Entries = [new OutboxDraft(lane, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, Temperature(capture))]))],
        })],
    });

    /// <summary>Appends a frame that could not be decoded, of this size.</summary>
    protected async Task AppendQuarantinedAsync(int bytes) => await AppendPayloadAsync(capture => ObservationBatchCodec.Encode(
        capture.OutboxEpoch,
        [BatchEntry.Of(0, new QuarantinedReading(OutboxFolder.Device, capture, 0x2A35, [.. new byte[bytes]], DateTimeOffset.UnixEpoch, "too-short"))]));

    protected async Task AppendPayloadAsync(Func<CaptureRef, byte[]> payload) => await Outbox.AppendAsync(new OutboxWrite
    {
        Captures = [new NewCapture(OutboxFolder.Raw()) { Entries = [new OutboxDraft(OutboxLane.Normal, capture => payload(capture))] }],
    });

    protected static Task Eventually(string what, Func<bool> condition) => OutboxFolder.Eventually(what, condition);

    protected async Task EventuallyEmptyAsync() => await Eventually("an empty outbox", () => Outbox.Depth().Total == 0);

    private static Observation Temperature(CaptureRef capture) => new()
    {
        Gateway = Gateway,
        Device = OutboxFolder.Device,
        Capture = capture,
        VitalSign = VitalSign.Temperature,
        Values = [Quantity.Of(36.5m, Units.Celsius)],
        Time = new TimeStamped(null, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000), null, TimeMethod.None, TimeSpan.Zero),
        Unassigned = UnassignedReason.NoSession,
    };

    private async Task CloseGatewayAsync()
    {
        await _host!.StopAsync();
        _host.Dispose();
    }

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Outbox:Path"] = _folder.Path,
            ["Uplink:Port"] = Broker.Port.ToString(CultureInfo.InvariantCulture),
        });
        builder.Logging.AddProvider(new ErrorCollector(_errors));
        builder.Services.AddGateway(builder.Configuration).AddOutbox(builder.Configuration).AddUplink(builder.Configuration);
        return builder.Build();
    }

    private sealed class ErrorCollector(ConcurrentQueue<string> errors) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                errors.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose()
        {
        }
    }
}
