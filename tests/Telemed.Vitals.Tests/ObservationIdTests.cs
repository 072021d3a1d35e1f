using System.Security.Cryptography;
using System.Text;

namespace Telemed.Vitals.Tests;

public class ObservationIdTests
{
    private static readonly Observation Pressure = Some.BloodPressure(1, 138, 86, 103, 72);

    [Fact]
    public void A_second_gateway_and_a_second_reading_give_the_same_id() =>
        (Pressure with { Gateway = new GatewayId("another"), Capture = new CaptureRef(5, 6), Patient = new PatientId(Guid.NewGuid()) }).Id.ShouldBe(Pressure.Id);

    [Fact]
    public void Anything_the_meter_says_otherwise_gives_another_id()
    {
        Observation[] others =
        [
            Pressure with { Device = new DeviceId("C0FFEE000003") },
            Pressure with { RecordNumber = 0 },
            Pressure with { UserSlot = 1 },
            Pressure with { Time = Pressure.Time with { DeviceLocal = Pressure.Time.DeviceLocal!.Value.AddSeconds(1) } },
            Some.BloodPressure(1, 138, 86, 103, 73),
            Some.BloodPressure(1, 138.0m, 86, 103, 72),
            Pressure with { Flags = ObservationFlags.Twin },
        ];

        others.Append(Pressure).Select(observation => observation.Id).Distinct().Count().ShouldBe(8);
        (Pressure with { Flags = ObservationFlags.IrregularPulse }).Id.ShouldBe(Pressure.Id);
    }

    [Fact]
    public void Without_number_and_time_the_capture_tells_two_equal_values_apart()
    {
        var first = Pressure with { Time = Pressure.Time with { DeviceLocal = null } };

        (first with { Capture = new CaptureRef(77, 2) }).Id.ShouldNotBe(first.Id);
        (first with { Gateway = new GatewayId("another") }).Id.ShouldNotBe(first.Id);
        (first with { Patient = new PatientId(Guid.NewGuid()) }).Id.ShouldBe(first.Id);
    }

    [Fact]
    public void The_id_is_the_one_docs_wire_describes()
    {
        // Built here by hand from the description: text, device, vital sign, three optional numbers, values line by line.
        var seconds = new DateTime(2026, 11, 22, 8, 1, 30).Ticks / 10_000_000;
        byte[] bytes =
        [
            .. "telemed observation 1\n"u8, .. "C0FFEE000002"u8, 2,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
            1, .. BitConverter.GetBytes(seconds).Reverse(),
            0, 0, 0, 0, 0, 0, 0, 0, 0,
            .. Encoding.ASCII.GetBytes("138 mm[Hg]\n86 mm[Hg]\n103 mm[Hg]\n72 /min\n"),
        ];

        Pressure.Id.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)[..16]));
    }
}
