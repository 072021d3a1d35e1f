using System.Buffers.Binary;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Devices;

public sealed class GlucometerTests : IDisposable
{
    private readonly Bench _bench = new();

    [Fact]
    public void It_sleeps_until_its_button_and_then_shows_itself_for_half_a_minute()
    {
        var meter = Make();
        meter.IsAdvertising.ShouldBeFalse();
        new DirectCentral(meter).Connect().ShouldBeFalse();

        meter.Measure();
        meter.IsAdvertising.ShouldBeTrue();
        _bench.Pass(29);
        meter.IsAdvertising.ShouldBeTrue();
        _bench.Pass(2);
        meter.IsAdvertising.ShouldBeFalse();
    }

    [Fact]
    public void At_its_first_start_it_has_older_records_and_gives_all_of_them_with_their_contexts()
    {
        var (meter, central) = Connected();

        central.Write(GattUuid.RecordAccess, "0101").ShouldBe(AttError.None);
        _bench.Pass(1);

        central.HeardOn(GattUuid.GlucoseMeasurement).Select(SequenceOf).ShouldBe(Enumerable.Range(1, 12));
        central.HeardOn(GattUuid.GlucoseContext).Select(SequenceOf).ShouldBe([1, 2, 4, 5, 7, 8, 10, 11]);
        central.Heard[^1].ShouldBe("2a52 06000101");
        meter.Memory.Sent.ShouldBe(12);
    }

    [Fact]
    public void A_context_follows_its_measurement_and_carries_its_number()
    {
        var (_, central) = Connected();
        central.Write(GattUuid.RecordAccess, "0105");
        _bench.Pass(1);

        central.Heard.Select(h => h[..4]).ShouldBe(["2a18", "2a34", "2a52"]);
        Flags(central.Heard[0][5..]).ShouldBe(0x1B);
    }

    [Fact]
    public void Records_come_at_the_pace_set_and_an_abort_stops_them()
    {
        var (_, central) = Connected(new GlucometerOptions { RecordPace = TimeSpan.FromSeconds(1) });
        central.Write(GattUuid.RecordAccess, "0101");
        _bench.Pass(3.5);
        central.HeardOn(GattUuid.GlucoseMeasurement).Count().ShouldBe(3);
        central.Write(GattUuid.RecordAccess, "0401").ShouldBe(AttError.ProcedureInProgress);

        central.Write(GattUuid.RecordAccess, "0300").ShouldBe(AttError.None);
        _bench.Pass(5);

        central.HeardOn(GattUuid.GlucoseMeasurement).Count().ShouldBe(3);
        central.HeardOn(GattUuid.RecordAccess).ShouldBe(["06000301"]);
    }

    [Fact]
    public void Its_answer_waits_for_the_confirmation_before_the_next_procedure()
    {
        var (_, central) = Connected();
        central.ConfirmsAtOnce = false;
        central.Write(GattUuid.RecordAccess, "0401");
        _bench.Pass(1);
        central.HeardOn(GattUuid.RecordAccess).ShouldBe(["05000c00"]);
        central.Write(GattUuid.RecordAccess, "0401").ShouldBe(AttError.ProcedureInProgress);
        central.Confirm();
        central.Write(GattUuid.RecordAccess, "0401").ShouldBe(AttError.None);
    }

    [Fact]
    public void Base_time_and_offset_make_the_wall_time_that_its_screen_shows()
    {
        var (meter, central) = Connected(new GlucometerOptions
        {
            OlderRecords = 1,
            Clock = new ClockSetting(TimeSpan.FromSeconds(100), OffsetMinutes: -60),
        });
        meter.Measure();
        central.Write(GattUuid.RecordAccess, "0106");
        _bench.Pass(1);

        var record = Convert.FromHexString(central.HeardOn(GattUuid.GlucoseMeasurement).Single());
        Convert.ToHexStringLower(record.AsSpan(3, 7)).ShouldBe("ea070b160a0128"); // 10:01:40, an hour ahead
        BinaryPrimitives.ReadInt16LittleEndian(record.AsSpan(10)).ShouldBe((short)-60);
        central.Read(GattUuid.DateTime).ShouldBe("ea070b16090129");
    }

    [Fact]
    public void Setting_the_clock_changes_the_offset_and_leaves_stored_records_alone()
    {
        var (meter, central) = Connected();
        var before = meter.Memory.Stored.First().Frame;

        central.Write(GattUuid.DateTime, "ea070b16081e00").ShouldBe(AttError.None); // 08:30:00
        _bench.Pass(10);

        central.Read(GattUuid.DateTime).ShouldBe("ea070b16081e0a");
        central.Read(GattUuid.CurrentTime).ShouldStartWith("ea070b16081e0a");
        meter.Memory.Stored.First().Frame.ShouldBe(before);
        central.Write(GattUuid.DateTime, "ea070d16081e00").ShouldBe(AttError.OutOfRange);
    }

    [Fact]
    public void Its_clock_drifts_also_over_a_restart()
    {
        var options = new GlucometerOptions { Clock = new ClockSetting(TimeSpan.Zero, DriftPpm: 1000) };
        Make(options);
        _bench.Pass(5_000);
        _bench.Restart();
        _bench.Pass(5_000);

        var meter = Make(options);
        meter.Measure();
        var central = new DirectCentral(meter);
        central.Connect();

        central.Read(GattUuid.DateTime).ShouldBe("ea070b160b2e32"); // 09:00:00 + 10000 s + 10 s
    }

    [Fact]
    public void A_clock_that_was_never_set_counts_from_2000_and_says_so()
    {
        var meter = Make(new GlucometerOptions { OlderRecords = 0, Clock = new ClockSetting(IsSet: false) });
        _bench.Pass(60);
        meter.Measure();

        var frame = Convert.FromHexString(meter.Memory.Stored.Single().Frame!);
        Convert.ToHexStringLower(frame.AsSpan(3, 7)).ShouldBe("d0070101000100");
        BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(15)).ShouldBe((ushort)0x0800);
    }

    [Fact]
    public void Numbers_records_and_what_was_sent_outlive_a_restart()
    {
        var (meter, central) = Connected();
        meter.Measure();
        central.Write(GattUuid.RecordAccess, "0202010300"); // delete 1 to 3
        _bench.Pass(1);
        central.Write(GattUuid.RecordAccess, "0106");
        _bench.Pass(1);
        central.Disconnect();
        _bench.Restart();

        var again = Make();
        again.Memory.Stored.Select(r => r.Number!.Value).ShouldBe(Enumerable.Range(4, 10).Select(n => (long)n));
        again.Memory.WasSent(13).ShouldBeTrue();
        again.Memory.WasSent(4).ShouldBeFalse();
        again.Measure();
        again.Memory.LastNumber.ShouldBe(14);
    }

    [Fact]
    public void Held_it_stays_awake_until_all_is_fetched()
    {
        var meter = Make();
        meter.Hold(true);
        _bench.Pass(3600);
        meter.IsAdvertising.ShouldBeTrue();

        var central = Connect(meter);
        central.Write(GattUuid.RecordAccess, "0101");
        _bench.Pass(1);
        central.Disconnect();

        meter.IsAdvertising.ShouldBeFalse();
    }

    [Fact]
    public void An_idle_link_is_dropped()
    {
        var (_, central) = Connected();
        _bench.Pass(29);
        central.Read(GattUuid.BatteryLevel);
        _bench.Pass(29);
        central.Connected.ShouldBeTrue();
        _bench.Pass(2);
        central.Connected.ShouldBeFalse();
    }

    [Fact]
    public void Health_data_wants_an_encrypted_link_when_the_meter_is_so_made()
    {
        var (_, central) = Connected(new GlucometerOptions { Security = LinkSecurity.Passkey }, subscribe: false);

        central.Subscribe(GattUuid.GlucoseMeasurement).ShouldBe(AttError.InsufficientAuthentication);
        central.Write(GattUuid.RecordAccess, "0101").ShouldBe(AttError.InsufficientAuthentication);
        central.Read(GattUuid.SerialNumber).ShouldBe(Convert.ToHexStringLower("9200000001"u8));
        central.IsEncrypted = true;
        central.Subscribe(GattUuid.GlucoseMeasurement).ShouldBe(AttError.None);
    }

    [Fact]
    public void Every_reading_is_in_the_ledger_when_measured_and_again_when_sent()
    {
        var (meter, central) = Connected(new GlucometerOptions { OlderRecords = 0 });
        meter.Measure();
        central.Write(GattUuid.RecordAccess, "0101");
        _bench.Pass(1);
        var frame = central.HeardOn(GattUuid.GlucoseMeasurement).Single();

        var lines = _bench.Lines().Where(l => l.Contains(frame, StringComparison.Ordinal)).ToList();

        lines.Count.ShouldBe(2);
        lines[0].ShouldContain("\"event\":\"measured\",\"meter\":\"C0:FF:EE:01:00:01\",\"kind\":\"glucose\",\"number\":1,");
        lines[1].ShouldContain("\"event\":\"sent\"");
    }

    public void Dispose() => _bench.Dispose();

    private Glucometer Make(GlucometerOptions? options = null) =>
        new(_bench.World, "C0:FF:EE:01:00:01", "9200000001", options);

    private static DirectCentral Connect(Glucometer meter, bool subscribe = true)
    {
        var central = new DirectCentral(meter);
        central.Connect().ShouldBeTrue();
        if (subscribe)
        {
            central.Subscribe(GattUuid.GlucoseMeasurement, GattUuid.GlucoseContext, GattUuid.RecordAccess).ShouldBe(AttError.None);
        }

        return central;
    }

    private (Glucometer Meter, DirectCentral Central) Connected(GlucometerOptions? options = null, bool subscribe = true)
    {
        var meter = Make(options);
        meter.Wake();
        return (meter, Connect(meter, subscribe));
    }

    private static int Flags(string hex) => Convert.FromHexString(hex)[0];

    private static int SequenceOf(string hex) => BinaryPrimitives.ReadUInt16LittleEndian(Convert.FromHexString(hex).AsSpan(1));
}
