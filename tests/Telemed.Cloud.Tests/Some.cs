using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests;

/// <summary>Invented people, places and readings.</summary>
internal static class Some
{
    public const string AskingUnit = "CSIMB002980";
    public const string AnsweringUnit = "DFSSA000053";
    public const ulong Epoch = 0xA1B2C3D4E5F60718;

    public static readonly GatewayId Gateway = new("gw-sierra-1");
    public static readonly DeviceId Cuff = new("C0FFEE000001");
    public static readonly PatientId Patient = new(new Guid("0190a0aa-0000-7000-8000-000000000001"));
    public static readonly PatientId OtherPatient = new(new Guid("0190a0aa-0000-7000-8000-000000000002"));
    public static readonly DateTimeOffset Morning = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);

    /// <summary>A blood pressure with a mean that the cuff could not give and no pulse.</summary>
    public static Observation BloodPressure(ulong capture, DateTimeOffset? effective, PatientId? patient) => new()
    {
        Gateway = Gateway,
        Device = Cuff,
        Capture = new CaptureRef(Epoch, capture),
        VitalSign = VitalSign.BloodPressure,
        Values =
        [
            Quantity.Of(138.0m, Units.MillimetresOfMercury), Quantity.Of(86m, Units.MillimetresOfMercury),
            Quantity.Missing(AbsentReason.NotANumber, Units.MillimetresOfMercury), null,
        ],
        Time = new TimeStamped(
            null, effective ?? Morning, effective, effective is null ? TimeMethod.None : TimeMethod.Arrival, TimeSpan.FromMilliseconds(1500)),
        Flags = ObservationFlags.IrregularPulse,
        Patient = patient,
        Unassigned = patient is null ? UnassignedReason.NoSession : UnassignedReason.None,
    };

    /// <summary>A pulse rate, <paramref name="capture"/> per minute.</summary>
    public static Observation Pulse(ulong capture, DateTimeOffset effective, PatientId? patient) => BloodPressure(capture, effective, patient) with
    {
        VitalSign = VitalSign.PulseRate,
        Values = [Quantity.Of(capture, Units.PerMinute)],
    };

    /// <summary>Seconds of a worn oximeter: these saturations, pulse 72, without a number where there is none.</summary>
    public static Observation Oximetry(ulong capture, DateTimeOffset effective, PatientId? patient, params int?[] saturations) => BloodPressure(capture, effective, patient) with
    {
        VitalSign = VitalSign.OxygenSaturation,
        Values = [null, null, null],
        Flags = ObservationFlags.None,
        Series = new SampledSeries([.. saturations.Select((saturation, index) => new SeriesSample(
            capture + (ulong)index, TimeSpan.FromSeconds(index),
            [
                saturation is { } percent ? Quantity.Of(percent, Units.Percent) : Quantity.Missing(AbsentReason.NotANumber, Units.Percent),
                Quantity.Of(72, Units.PerMinute), null,
            ],
            saturation is null ? ObservationFlags.SensorOff : ObservationFlags.None))]),
    };

    /// <summary>A glucose with everything a meter can say.</summary>
    public static Observation Glucose(ulong capture, DateTimeOffset effective, PatientId? patient) => BloodPressure(capture, effective, patient) with
    {
        VitalSign = VitalSign.Glucose,
        Values = [Quantity.Of(5.60m, Units.MillimolesPerLitre)],
        Time = new TimeStamped(new DateTime(2026, 11, 22, 8, 1, 30), effective, effective, TimeMethod.DeviceOffset, TimeSpan.FromSeconds(2)),
        RecordNumber = 12,
        UserSlot = 1,
        Glucose = new GlucoseDetail(1, 1, 3),
        Flags = ObservationFlags.BatteryLow | (ObservationFlags)(1UL << 40),
    };

    /// <summary>A woman whom the unit enrolled by itself.</summary>
    public static ProvisionalPatient WalkIn(Guid id) => new(
        new PatientId(id),
        new Person("Gloria", "Hernández", "García", "1956-04-27", "M", "HEGG560427MVZRRL04", "92119624721", ""), "enf.lopez", Morning);

    /// <summary>A nurse says whose it is; nobody's without a patient.</summary>
    public static BatchEntry Assign(ulong sequence, Observation observation, PatientId? patient, DateTimeOffset? at = null) => BatchEntry.Of(
        sequence, new Amendment(observation.Id, at ?? Morning, new Assignment(
            patient, null, patient is null ? UnassignedReason.NotAPatientValue : UnassignedReason.None, "enf.lopez", "seen-measured", "")));

    /// <summary>The gateway has learned when it was.</summary>
    public static BatchEntry Retime(ulong sequence, Observation observation, DateTimeOffset? effective, DateTimeOffset? at = null) => BatchEntry.Of(
        sequence, new Amendment(observation.Id, at ?? Morning, new Retiming(
            effective, effective is null ? TimeMethod.None : TimeMethod.DeviceOffset, TimeSpan.FromSeconds(2), (effective ?? Morning).AddSeconds(1))));

    public static BatchEntry Entry(ulong sequence, Observation observation) => BatchEntry.Of(sequence, observation);

    public static BatchEntry Frame(ulong sequence) => BatchEntry.Of(
        sequence, new QuarantinedReading(Cuff, new CaptureRef(Epoch, sequence), 0x2A35, [0x1E, 0x8A], Morning, "too-short"));
}
