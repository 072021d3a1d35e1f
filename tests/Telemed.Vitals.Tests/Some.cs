using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Vitals.Tests;

/// <summary>Observations drawn from a seeded generator, of every shape the contract can carry.</summary>
internal static class Some
{
    private static readonly string[] OddUnits = [Units.MillimolesPerLitre, Units.Kilopascal, Units.Fahrenheit];

    public static readonly GatewayId Gateway = new("gw-test");

    public static Observation Observation(Random random, ulong epoch, ulong capture)
    {
        var sign = VitalSign.All[random.Next(VitalSign.All.Length)];
        var arrival = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + random.Next());
        DateTime? local = random.Next(3) == 0 ? null : new DateTime(1999, 12, 31, 23, 0, 0).AddSeconds(random.Next());
        DateTimeOffset? effective = random.Next(4) == 0 ? null : arrival.AddMilliseconds(-random.Next());
        var patient = random.Next(3) == 0 ? default(PatientId?) : new PatientId(new Guid(random.Next(4), 1, 2, [1, 2, 3, 4, 5, 6, 7, 8]));
        return new Observation
        {
            Gateway = Gateway,
            Device = new DeviceId($"C0FFEE00000{random.Next(3)}"),
            Capture = new CaptureRef(epoch, capture),
            VitalSign = sign,
            Values = [.. sign.Parts.Select(part => Value(random, part.Unit))],
            Time = new TimeStamped(local, arrival, effective, (TimeMethod)random.Next(5), TimeSpan.FromMilliseconds(random.Next(100_000))),
            RecordNumber = random.Next(2) == 0 ? null : (uint)random.Next(65_536),
            UserSlot = random.Next(2) == 0 ? null : (byte)random.Next(256),
            Flags = random.Next(2) == 0 ? ObservationFlags.None : (ObservationFlags)random.NextInt64(1L << 33),
            Glucose = random.Next(2) == 0 ? null : new GlucoseDetail((byte)random.Next(11), (byte)random.Next(16), (byte)random.Next(6)),
            Patient = patient,
            Session = Session(random),
            Unassigned = patient is null ? UnassignedReason.NoSession : UnassignedReason.None,
        };
    }

    // None, one whose id is not numbered, or one of two runs' numbered ones.
    private static PatientSessionId? Session(Random random) => random.Next(4) switch
    {
        0 => null,
        1 => new PatientSessionId(new Guid(9, 9, random.Next(2) == 0 ? (short)9 : unchecked((short)0x8009), new byte[8])),
        _ => PatientSessionId.Numbered([1, 2, 3, 4, 5, 6, (byte)random.Next(2), 8], random.Next(2) == 0 ? (ulong)random.Next(5) : (ulong)random.NextInt64(1L << 56)),
    };

    /// <summary>What a sensor sent in a minute.</summary>
    public static Observation Series(Random random, ulong epoch, ulong capture)
    {
        var whole = Observation(random, epoch, capture);
        var parts = whole.VitalSign.Parts;
        var offset = 0L;
        return whole with
        {
            Values = [.. parts.Select(_ => (Quantity?)null)],
            Series = new SampledSeries([.. Enumerable.Range(0, random.Next(1, 70)).Select(index => new SeriesSample(
                index == 0 ? capture : unchecked(capture + (ulong)random.Next(200)), TimeSpan.FromMilliseconds(index == 0 ? 0 : offset += random.Next(900, 1100)),
                [.. parts.Select(part => Value(random, part.Unit))], random.Next(9) == 0 ? ObservationFlags.PoorSignal : ObservationFlags.None))]),
        };
    }

    public static Observation BloodPressure(ulong capture, params decimal[] values) => new()
    {
        Gateway = Gateway,
        Device = new DeviceId("C0FFEE000002"),
        Capture = new CaptureRef(77, capture),
        VitalSign = VitalSign.BloodPressure,
        Values = [.. values.Zip(VitalSign.BloodPressure.Parts, (value, part) => (Quantity?)Quantity.Of(value, part.Unit))],
        Time = new TimeStamped(
            new DateTime(2026, 11, 22, 8, 1, 30), DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000), null, TimeMethod.None, TimeSpan.Zero),
        Unassigned = UnassignedReason.NoSession,
    };

    public static DateTimeOffset Instant(Random random) => DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(2_000_000_000_000));

    public static Amendment Amendment(Random random)
    {
        var patient = random.Next(2) == 0 ? default(PatientId?) : new PatientId(Guid.NewGuid());
        var method = (TimeMethod)random.Next(5);
        return new Amendment(new ObservationId(Guid.NewGuid()), Instant(random), random.Next(2) == 0
            ? new Assignment(
                patient, random.Next(2) == 0 ? null : new PatientSessionId(Guid.NewGuid()), patient is null ? UnassignedReason.NotAPatientValue : UnassignedReason.None,
                "enf.lopez", random.Next(2) == 0 ? "" : "wrong-patient", random.Next(2) == 0 ? "" : "La señora\nseguía sentada.")
            : new Retiming(
                method == TimeMethod.None ? null : Instant(random), method, TimeSpan.FromMilliseconds(random.Next(100_000)), Instant(random)));
    }

    public static ProvisionalPatient ProvisionalPatient(Random random) => new(
        new PatientId(Guid.NewGuid()),
        new Person("Ana", "Peña", random.Next(2) == 0 ? "" : "Ríos", random.Next(2) == 0 ? "" : "1956-04-27", random.Next(2) == 0 ? "" : "M",
            random.Next(2) == 0 ? "" : "HEGG560427MVZRRL04", random.Next(2) == 0 ? "" : "92119624721", random.Next(2) == 0 ? "" : "1F1956OR"),
        "enf.lopez", Instant(random));

    private static Quantity? Value(Random random, string unit) => random.Next(5) switch
    {
        0 => null,
        1 => Quantity.Missing((AbsentReason)random.Next(1, 7), unit),
        2 => Quantity.Of(new decimal(random.Next(), random.Next(), 0, random.Next(2) == 0, (byte)random.Next(29)), OddUnits[random.Next(3)]),
        _ => Quantity.Of(new decimal(random.Next(4096), 0, 0, false, (byte)random.Next(3)), unit),
    };
}
