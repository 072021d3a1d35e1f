using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Timing;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>
/// A unit's gateway without radio and link, on real files and with a clock in hand: frames go in at the front, sessions and decisions come
/// from the nurse, entries lie in the outbox. It can lose its power, or only its process.
/// </summary>
internal sealed class UnitBench : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);
    public static readonly DeviceId Cuff = new("C0FFEE020002");
    public static readonly DeviceId Glucometer = new("C0FFEE010001");
    public static readonly DeviceId Oximeter = new("C0FFEE030003");
    public static readonly PatientId First = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    public static readonly PatientId Second = new(Guid.Parse("22222222-2222-2222-2222-222222222222"));
    public const string Room = "consultorio-1";
    public const string Nurse = "enf.rosa";

    private static readonly GatewayId Gateway = new("gw-test");
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly string _folder;
    private readonly DateTimeOffset _truth;
    private readonly AttributionOptions _options;
    private VitalsPipeline _pipeline = null!;
    private BootClock _boot;
    private TimingRoom _timing = null!;

    public UnitBench(AttributionOptions? options = null, DateTimeOffset? start = null, string? folder = null)
    {
        _folder = folder ?? Directory.CreateTempSubdirectory("telemed-unit-").FullName;
        _options = options ?? new AttributionOptions();
        Time = new HandClock(start ?? Noon);
        _truth = start > Noon ? start.Value : Noon;
        _boot = new BootClock(Guid.NewGuid(), TimeSpan.FromHours(1), Time);
        Open();
        foreach (var (device, label) in new[] { (Cuff, "Baumanómetro 1"), (Glucometer, "Glucómetro 1"), (Oximeter, "Oxímetro 1") })
        {
            Meters.Enrol(new EnrolledDevice(device, label, Room));
        }
    }

    public HandClock Time { get; }

    public GatewayClock Clock => _timing.Clock;

    public AttributionStore Meters { get; private set; } = null!;

    public DurableOutbox Outbox { get; private set; } = null!;

    public AttributionParts Parts { get; private set; } = null!;

    public AttributionFeed Feed => Parts.Feed;

    public Sessions Sessions => Parts.Sessions;

    public Roster Roster => Parts.Roster;

    public Nurses Nurses => Parts.Nurses;

    public Patients Patients => Parts.Patients;

    public Readings Readings => Parts.Readings;

    public Worklist Worklist => Parts.Worklist;

    public string Folder => _folder;

    /// <summary>The process ends and starts again; the machine stays on.</summary>
    public void Restart()
    {
        Close();
        Open();
    }

    /// <summary>The light goes out for a while; the box comes back with whatever its clock shows then.</summary>
    public void PowerCut(TimeSpan dark)
    {
        Close();
        Time.Advance(dark);
        _boot = new BootClock(Guid.NewGuid(), TimeSpan.FromSeconds(20), Time);
        Open();
    }

    /// <summary>
    /// A frame of a meter, now. <paramref name="meterShows"/>: its own clock as read at this visit, which with <paramref name="takesAll"/> ends with
    /// everything taken.
    /// </summary>
    public async Task ReceiveAsync(
        DeviceId device, ushort characteristic, string hex, DateTime? meterShows = null, ushort? readTo = null, bool takesAll = false)
    {
        var visit = new DeviceVisit(
            device, Time.GetUtcNow(), DeviceInformation.Nothing,
            meterShows is { } local ? new ClockReading(local, Time.GetUtcNow(), _boot.SinceBoot, TimeSpan.FromMilliseconds(50)) : null, null);
        await _pipeline.ReceiveAsync(
            visit, new GattNotification(device, characteristic, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), Time.GetUtcNow(), _boot.SinceBoot),
            readTo is { } number ? new RecordMark(number, null) : null, Never);
        if (takesAll)
        {
            await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Listen), Never);
        }
    }

    /// <summary>The cloud tells the time, and what was captured in the dark is dated by it.</summary>
    public Task TellTimeAsync()
    {
        Clock.TakeLinkTime(Truth, _boot.SinceBoot, _boot.SinceBoot);
        return new Redating(Outbox, Clock, _timing.Times, Worklist, Options.Create(new GatewayOptions { Id = Gateway.Value }), NullLogger<Redating>.Instance).RunAsync(Never);
    }

    /// <summary>138/86, pulse 72, measured until now; the cuff's own clock is right and goes on whatever is done to the gateway's.</summary>
    public Task PressureAsync()
    {
        var local = ToLocal(Truth);
        return ReceiveAsync(Cuff, 0x2A35, $"06 8A00 5600 6700 {Stamp(local)} 4800", local);
    }

    /// <summary>A cuff that is inflating shows 120 mm[Hg].</summary>
    public Task InflatingAsync() => ReceiveAsync(Cuff, 0x2A36, "00 7800 FF07 FF07");

    /// <summary>One second of an oximeter that stays on: 96 %, 72 /min.</summary>
    public Task SaturationAsync(byte percent = 96) => ReceiveAsync(Oximeter, 0x2A5F, $"00 {percent:X2}00 4800");

    /// <summary>The oximeter is taken off, and its last minute goes to the record.</summary>
    public Task TakeOffAsync() => Parts.Segments.SealAsync(Oximeter);

    /// <summary>A stored glucose, capillary whole blood; the meter's clock is right and in the zone of the unit.</summary>
    public Task StoredGlucoseAsync(ushort record, DateTimeOffset measured, byte typeAndLocation = 0x11)
    {
        return ReceiveAsync(
            Glucometer, 0x2A18, $"02 {record & 0xFF:X2}{record >> 8:X2} {Stamp(ToLocal(measured))} B6B0 {typeAndLocation:X2}", ToLocal(Truth), record);
    }

    /// <summary>What a clock shows that nobody has ever set wrong.</summary>
    public DateTimeOffset Truth => _truth + TimeSpan.FromTicks(Time.GetTimestamp());

    public static string Stamp(DateTime local) =>
        $"{local.Year & 0xFF:X2}{local.Year >> 8:X2}{local.Month:X2}{local.Day:X2}{local.Hour:X2}{local.Minute:X2}{local.Second:X2}";

    public DateTime ToLocal(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Clock.Zone).DateTime;

    /// <summary>Everything that waits for the cloud, in the order of its sequence.</summary>
    public ImmutableArray<BatchEntry> Entries(ulong after = 0) =>
    [
        .. Enum.GetValues<OutboxLane>()
            .SelectMany(lane => Outbox.Peek(lane, after, 100_000, int.MaxValue))
            .OrderBy(row => row.Sequence)
            .SelectMany(row => ObservationBatchCodec.Decode(Gateway, row.Payload).Entries.Select(entry => entry with { Sequence = row.Sequence })),
    ];

    /// <summary>The readings among them.</summary>
    public ImmutableArray<Observation> Observations() => [.. Entries().Select(entry => entry.Observation).OfType<Observation>()];

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }

    private void Open()
    {
        _timing = new TimingRoom(_folder, Time, _boot);
        Meters = new AttributionStore(Path.Combine(_folder, "attribution.db"), Time, _timing.Clock);
        Outbox = new DurableOutbox(Options.Create(new OutboxOptions { Path = Path.Combine(_folder, "outbox.db") }), Time);
        Parts = new AttributionParts(Meters, Outbox, _timing, Time, settings: _options);
        _pipeline = new VitalsPipeline(Outbox, Parts.Drafts, Parts.Segments, QuirkCatalogue.Embedded, _timing.Meters, _boot, Time, NullLogger<VitalsPipeline>.Instance);
    }

    private void Close()
    {
        Parts.Dispose();
        Outbox.Dispose();
        Meters.Dispose();
        _timing.Dispose();
    }
}
