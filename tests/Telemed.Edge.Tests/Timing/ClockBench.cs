using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Timing;

/// <summary>
/// A meter's memory and clock as the simulation knows them: <see cref="WrongBy"/> is what its clock shows more than a right one, and may be
/// changed at any moment; it gains <see cref="PartsPerMillion"/> besides.
/// </summary>
internal sealed class SimulatedMemory
{
    private readonly List<(ushort Number, DateTimeOffset Truth, DateTime? Shown)> _records = [];
    private int _taken;

    public TimeSpan WrongBy { get; set; }

    public double PartsPerMillion { get; init; } = 20;

    /// <summary>Its records carry no time, and it shows none.</summary>
    public bool IsUnset { get; init; }

    /// <summary>Its records carry a time, but nobody can ask it what it shows.</summary>
    public bool IsUnreadable { get; init; }

    public IReadOnlyDictionary<uint, DateTimeOffset> Truths => _records.ToDictionary(record => (uint)record.Number, record => record.Truth);

    /// <summary>Whole seconds, truncated, in the zone of the unit (UTC-6).</summary>
    public DateTime Shows(DateTimeOffset truth)
    {
        var gained = TimeSpan.FromTicks((long)((truth - ClockBench.Start).Ticks * PartsPerMillion / 1e6));
        var shown = truth.UtcDateTime.AddHours(-6) + gained + WrongBy;
        return new DateTime(shown.Ticks - (shown.Ticks % TimeSpan.TicksPerSecond));
    }

    public void Measure(DateTimeOffset truth) => _records.Add(((ushort)(_records.Count + 1), truth, IsUnset ? null : Shows(truth)));

    public IEnumerable<(ushort Number, DateTimeOffset Truth, DateTime? Shown)> TakeNew()
    {
        while (_taken < _records.Count)
        {
            yield return _records[_taken++];
        }
    }
}

/// <summary>
/// A gateway on real files, a glucometer with a memory, an oximeter, and a cloud that takes what the outbox offers; the truth is known to all of
/// the simulation and to nobody inside the gateway.
/// </summary>
internal sealed class ClockBench : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Glucometer = new("C0FFEE010001");
    private static readonly DeviceId Oximeter = new("C0FFEE030001");
    private static readonly GatewayId Gateway = new("gw-test");

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-matrix-").FullName;
    private readonly SortedList<ulong, DateTimeOffset> _seen = [];
    private readonly Dictionary<ObservationId, List<TimeStamped>> _told = [];
    private readonly Dictionary<ObservationId, Observation> _readings = [];
    private readonly List<(ObservationId Id, DateTimeOffset Truth)> _live = [];
    private readonly TimingOptions _options;
    private AttributionStore _meters = null!;
    private DurableOutbox _outbox = null!;
    private AttributionParts _parts = null!;
    private TimingRoom _room = null!;
    private VitalsPipeline _pipeline = null!;
    private int _boots;

    public ClockBench(SimulatedMemory meter, TestMachine machine, TimingOptions? options = null, DateTimeOffset? wall = null)
    {
        (Meter, Machine) = (meter, machine);
        _options = options ?? new TimingOptions();
        _options.TimeZone = "America/Monterrey";
        Time = new HandClock(wall ?? Start);
        Boot();
    }

    public SimulatedMemory Meter { get; }

    public TestMachine Machine { get; }

    public HandClock Time { get; }

    public GatewayClock Clock => _room.Clock;

    public DateTimeOffset Truth => Start + TimeSpan.FromTicks(Time.GetTimestamp());

    /// <summary>The link is up: the cloud takes everything after each step.</summary>
    public bool Linked { get; init; }

    /// <summary>What was told of each reading, in order, with the truth of its measurement.</summary>
    public IEnumerable<(Observation Reading, DateTimeOffset Truth, IReadOnlyList<TimeStamped> Told)> Told =>
        _told.Select(told => (_readings[told.Key], _readings[told.Key].RecordNumber is { } number ? Meter.Truths[number] : _live.Single(live => live.Id == told.Key).Truth, (IReadOnlyList<TimeStamped>)told.Value));

    public async Task UntilAsync(double minutes)
    {
        // The clock is looked at now and then, as the host does.
        while (Truth < Start.AddMinutes(minutes))
        {
            var left = Start.AddMinutes(minutes) - Truth;
            Time.Advance(left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1));
            Clock.Observe();
        }

        await SettleAsync();
    }

    /// <summary>A visit of the glucometer: its clock is read, then what is new in its memory.</summary>
    public async Task VisitAsync(int takes = int.MaxValue)
    {
        var visit = new DeviceVisit(
            Glucometer, Time.GetUtcNow(), DeviceInformation.Nothing,
            Meter.IsUnset || Meter.IsUnreadable ? null : new ClockReading(Meter.Shows(Truth), Time.GetUtcNow(), _room.Boot.SinceBoot, TimeSpan.FromMilliseconds(60)), null);
        await _pipeline.BeginAsync(visit, CancellationToken.None);
        Time.Advance(TimeSpan.FromSeconds(1));
        foreach (var (number, _, shown) in Meter.TakeNew().Take(takes))
        {
            var stamp = shown is { } local ? UnitBench.Stamp(local) : "00000000000000";
            await ReceiveAsync(visit, 0x2A18, $"02 {number & 0xFF:X2}{number >> 8:X2} {stamp} B6B0 11", number);
            Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        await _pipeline.EndAsync(visit, new VisitEnd(takes == int.MaxValue ? VisitEndReason.Completed : VisitEndReason.LinkLost, VisitStep.Records), CancellationToken.None);
        await SettleAsync();
    }

    /// <summary>One second of the oximeter, measured now.</summary>
    public async Task SaturationAsync(bool settle = true)
    {
        var visit = new DeviceVisit(Oximeter, Time.GetUtcNow(), DeviceInformation.Nothing, null, null);
        var truth = Truth;
        Time.Advance(TimeSpan.FromMilliseconds(400));
        var before = _outbox.TotalAppended;
        await ReceiveAsync(visit, 0x2A5F, "00 6000 4800", null);
        var entry = Decode(Payload(before + 1));
        _live.Add((entry.Observation!.Id, truth));
        if (settle)
        {
            await SettleAsync();
        }
    }

    /// <summary>The light goes out at once; the box comes back after a while with whatever its clock shows then.</summary>
    public void PowerCut(double minutesDark, DateTimeOffset? wall, Action? before = null)
    {
        Clock.Beat();
        Close();
        before?.Invoke();
        Time.Advance(TimeSpan.FromMinutes(minutesDark));
        Time.SetWall(wall ?? Truth);
        Boot();
    }

    /// <summary>Only the process ends and begins again.</summary>
    public void Restart()
    {
        Close();
        Open(_room.Boot);
    }

    /// <summary>The cloud answers a probe, and what hangs on it has run.</summary>
    public async Task CloudTellsAsync()
    {
        TellTime();
        await SettleAsync();
    }

    /// <summary>The cloud answers a probe; there and back takes 300 ms.</summary>
    public void TellTime()
    {
        var asked = _room.Boot.SinceBoot;
        Time.Advance(TimeSpan.FromMilliseconds(300));
        Clock.TakeLinkTime(Truth - TimeSpan.FromMilliseconds(100), asked, _room.Boot.SinceBoot);
    }

    /// <summary>How many readings may yet be dated better.</summary>
    public int StillToDate => _outbox.Dating(0, int.MaxValue).Count;

    /// <summary>How many readings of the oximeter there were.</summary>
    public int LiveCount => _live.Count;

    /// <summary>Runs once, after the next commit that adds entries.</summary>
    public void AfterNextCommit(Action act)
    {
        void Once()
        {
            _outbox.Appended -= Once;
            act();
        }

        _outbox.Appended += Once;
    }

    /// <summary>What hangs on the clock's revisions has run, and the cloud has what the link brought.</summary>
    public async Task SettleAsync()
    {
        await Redating().RunAsync(CancellationToken.None);
        if (Linked)
        {
            Collect();
        }
    }

    public Redating Redating() => new(_outbox, Clock, _room.Times, _parts.Worklist, Options.Create(new GatewayOptions { Id = Gateway.Value }), NullLogger<Redating>.Instance);

    /// <summary>The cloud takes everything that it has not taken.</summary>
    public void Collect()
    {
        foreach (var row in Enum.GetValues<OutboxLane>().SelectMany(lane => _outbox.Peek(lane, 0, int.MaxValue, int.MaxValue)).OrderBy(row => row.Sequence))
        {
            if (!_seen.TryAdd(row.Sequence, Truth))
            {
                continue;
            }

            switch (Decode(row.Payload))
            {
                case { Observation: { } reading }:
                    _readings.TryAdd(reading.Id, reading);
                    _told.TryAdd(reading.Id, [reading.Time]);
                    break;
                case { Act: Amendment { Change: Retiming change } amendment }:
                    _told[amendment.Observation].Add(_readings[amendment.Observation].Time with
                    {
                        Effective = change.Effective,
                        Method = change.Method,
                        Uncertainty = change.Uncertainty,
                        Arrival = change.Arrival,
                    });
                    break;
            }
        }
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }

    private static BatchEntry Decode(byte[] payload) => ObservationBatchCodec.Decode(Gateway, payload).Entries.Single();

    // Past the outbox: to peek would count as offering it to the link.
    private byte[] Payload(ulong sequence)
    {
        using var file = new SqliteConnection($"Data Source={Path.Combine(_folder, "outbox.db")};Mode=ReadOnly;Pooling=False");
        file.Open();
        using var command = file.CreateCommand();
        command.CommandText = "SELECT payload FROM outbox WHERE sequence = $1";
        command.Parameters.AddWithValue("$1", (long)sequence);
        return (byte[])command.ExecuteScalar()!;
    }

    private async Task ReceiveAsync(DeviceVisit visit, ushort characteristic, string hex, ushort? readTo) => await _pipeline.ReceiveAsync(
        visit, new GattNotification(visit.Device, characteristic, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), Time.GetUtcNow(), _room.Boot.SinceBoot),
        readTo is { } number ? new RecordMark(number, null) : null, CancellationToken.None);

    private void Boot() => Open(new BootClock(new Guid(++_boots, 0, 0, new byte[8]), TimeSpan.Zero, Time));

    private void Open(BootClock boot)
    {
        _room = new TimingRoom(_folder, Time, boot, Machine, _options);
        _meters = new AttributionStore(Path.Combine(_folder, "attribution.db"), Time);
        _outbox = new DurableOutbox(Options.Create(new OutboxOptions { Path = Path.Combine(_folder, "outbox.db") }), Time);
        _parts = new AttributionParts(_meters, _outbox, _room, Time);
        _pipeline = new VitalsPipeline(_outbox, _parts.Drafts, _parts.Segments, QuirkCatalogue.Embedded, _room.Meters, boot, Time, NullLogger<VitalsPipeline>.Instance);
    }

    private void Close()
    {
        _parts.Dispose();
        _outbox.Dispose();
        _meters.Dispose();
        _room.Dispose();
    }
}
