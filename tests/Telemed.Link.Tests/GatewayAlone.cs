using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telemed.Edge;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Link.Tests;

/// <summary>A gateway's outbox and uplink as the host wires them, without meters; blood pressures of some patients are appended to it.</summary>
internal sealed class GatewayAlone : IAsyncDisposable
{
    public static readonly GatewayId Id = new("gw-sierra-1");
    private static readonly DeviceId Cuff = new("C0FFEE000001");
    private static readonly byte[] Run = [0x5E, 0xED, 0x0C, 0x1F, 0xAA, 0x1E, 0x8D, 0x42];
    private static readonly DateTimeOffset Morning = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);

    private readonly Random _random = new(50);
    private readonly string _folder;
    private int _appended;
    private IHost _host;

    public GatewayAlone(string folder, params (string Key, string Value)[] settings)
    {
        _folder = folder;
        _host = Build(settings);
    }

    public DurableOutbox Outbox => _host.Services.GetRequiredService<DurableOutbox>();

    public LinkMonitor Link => _host.Services.GetRequiredService<LinkMonitor>();

    /// <summary>The outbox stays; the settings are new. The uplink runs from now on.</summary>
    public async Task StartAsync(params (string Key, string Value)[] settings)
    {
        _host.Dispose();
        _host = Build(settings);
        await _host.StartAsync();
    }

    /// <summary>Appends readings in one write, about a minute apart, each as a cuff without a clock gives it; gives the sequences. By chance of one of four
    /// patients, or of so many in every fifty readings, one after the other, each with her session.</summary>
    public async Task<IReadOnlyList<ulong>> AppendAsync(int count, OutboxLane lane = OutboxLane.Normal, bool sessions = true, int? turnsInFifty = null)
    {
        var appended = await Outbox.AppendAsync(new OutboxWrite
        {
            Captures = [.. Enumerable.Range(0, count).Select(_ => Capture(lane, sessions, turnsInFifty))],
        });
        return appended.Sequences;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private NewCapture Capture(OutboxLane lane, bool sessions, int? turnsInFifty)
    {
        var arrival = Morning + TimeSpan.FromMilliseconds((++_appended * 61_000L) + _random.Next(1_000));
        var turn = turnsInFifty is { } turns ? _appended * turns / 50 : _random.Next(4);
        var (systolic, diastolic) = (_random.Next(105, 160), _random.Next(60, 95));
        decimal[] values = [systolic, diastolic, (systolic + (2 * diastolic)) / 3, _random.Next(55, 100)];
        return new NewCapture(new RawCapture(
            Cuff, Guid.Parse("00002a35-0000-1000-8000-00805f9b34fb"), new byte[19], arrival, "boot-1", TimeSpan.FromSeconds(100)))
        {
            Entries = [new OutboxDraft(lane, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new Observation
            {
                Gateway = Id,
                Device = Cuff,
                Capture = capture,
                VitalSign = VitalSign.BloodPressure,
                Values = [.. values.Zip(VitalSign.BloodPressure.Parts, (value, part) => (Quantity?)Quantity.Of(value, part.Unit))],
                Time = new TimeStamped(null, arrival, arrival, TimeMethod.Arrival, TimeSpan.FromMilliseconds(1_500)),
                Patient = new PatientId(new Guid(0x0190a0aa, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, (byte)(turn >> 8), (byte)turn])),
                Session = sessions ? PatientSessionId.Numbered(Run, 100 + (ulong)turn) : null,
                Unassigned = UnassignedReason.None,
            })]))],
        };
    }

    private IHost Build((string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = Id.Value,
            ["Gateway:Data"] = _folder,
            ["Outbox:Path"] = Path.Combine(_folder, "outbox.db"),
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(one => one.Key, one => (string?)one.Value));
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Error);
        builder.Services.AddMetrics().AddGateway(builder.Configuration).AddOutbox(builder.Configuration).AddUplink(builder.Configuration);
        return builder.Build();
    }

    /// <summary>Settings of an uplink through a relay.</summary>
    public static (string Key, string Value)[] Through(BadLink link) =>
        [("Uplink:Host", "127.0.0.1"), ("Uplink:Port", link.Port.ToString(CultureInfo.InvariantCulture))];
}
