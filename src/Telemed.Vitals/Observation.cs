using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Telemed.Vitals;

/// <summary>
/// What the meter said about its own result. Bits are stable on the wire; names follow the status tables of the Glucose, Blood
/// Pressure and Pulse Oximeter services.
/// </summary>
[Flags]
public enum ObservationFlags : ulong
{
    /// <summary>Nothing to remark.</summary>
    None = 0,

    /// <summary>The patient moved (BPM status 0).</summary>
    BodyMovement = 1UL << 0,

    /// <summary>The cuff was too loose (BPM status 1).</summary>
    CuffTooLoose = 1UL << 1,

    /// <summary>Irregular pulse detected (BPM status 2).</summary>
    IrregularPulse = 1UL << 2,

    /// <summary>Pulse above the meter's range (BPM status 3..4 = 1).</summary>
    PulseAboveRange = 1UL << 3,

    /// <summary>Pulse below the meter's range (BPM status 3..4 = 2).</summary>
    PulseBelowRange = 1UL << 4,

    /// <summary>Improper measurement position (BPM status 5).</summary>
    ImproperPosition = 1UL << 5,

    /// <summary>Control solution (glucose type 10 or location 4): never a patient's value.</summary>
    ControlSolution = 1UL << 8,

    /// <summary>Battery low at the time (glucose status 0).</summary>
    BatteryLow = 1UL << 9,

    /// <summary>Sensor malfunction (glucose status 1; PLX sensor status 14).</summary>
    SensorMalfunction = 1UL << 10,

    /// <summary>Sample insufficient (glucose status 2).</summary>
    SampleInsufficient = 1UL << 11,

    /// <summary>Strip inserted wrongly or of a wrong type (glucose status 3, 4).</summary>
    StripError = 1UL << 12,

    /// <summary>Above what the meter can measure: "ALTO" (glucose status 5).</summary>
    ResultTooHigh = 1UL << 13,

    /// <summary>Below what the meter can measure: "BAJO" (glucose status 6).</summary>
    ResultTooLow = 1UL << 14,

    /// <summary>Too hot or too cold to measure (glucose status 7, 8).</summary>
    TemperatureOutOfRange = 1UL << 15,

    /// <summary>Read interrupted (glucose status 9).</summary>
    ReadInterrupted = 1UL << 16,

    /// <summary>General fault (glucose status 10; PLX device status 1).</summary>
    DeviceFault = 1UL << 17,

    /// <summary>The meter's clock had a fault (glucose status 11).</summary>
    TimeFault = 1UL << 18,

    /// <summary>A context was announced and did not come.</summary>
    ContextMissing = 1UL << 19,

    /// <summary>Early estimate (PLX status 6).</summary>
    EarlyEstimate = 1UL << 24,

    /// <summary>Demonstration or test data (PLX status 10, 11): never a patient's value.</summary>
    Demonstration = 1UL << 25,

    /// <summary>Calibration going on (PLX status 12).</summary>
    Calibrating = 1UL << 26,

    /// <summary>Measurement unavailable (PLX status 13).</summary>
    Unavailable = 1UL << 27,

    /// <summary>Questionable (PLX status 14, device status 6, 8).</summary>
    Questionable = 1UL << 28,

    /// <summary>Invalid (PLX status 15).</summary>
    Invalid = 1UL << 29,

    /// <summary>Weak or disturbed signal, low perfusion (PLX device status 2, 3, 4, 5, 7, 10).</summary>
    PoorSignal = 1UL << 30,

    /// <summary>Sensor off the finger, displaced or disconnected (PLX device status 11, 13, 15).</summary>
    SensorOff = 1UL << 31,

    /// <summary>Taken from the meter's memory (PLX status 9; RACP).</summary>
    FromStorage = 1UL << 32,

    /// <summary>A value lies outside its plausible range.</summary>
    Implausible = 1UL << 33,

    /// <summary>
    /// Another reading than the one with the same device, device time and values, which was measured at another instant: the meter's clock was set
    /// back in between. Part of the identity.
    /// </summary>
    Twin = 1UL << 34,
}

/// <summary>
/// What only glucose has. Codes as in the Glucose Service, 0 when not said: <paramref name="SampleType"/> (1 capillary whole blood
/// … 10 control solution), <paramref name="SampleLocation"/> (1 finger … 15 not available), <paramref name="Meal"/> (1 preprandial, 2 postprandial,
/// 3 fasting, 4 casual, 5 bedtime).
/// </summary>
public readonly record struct GlucoseDetail(byte SampleType, byte SampleLocation, byte Meal);

/// <summary>
/// One coded, timed, attributed finding. Immutable. Who it belongs to was decided at the gateway when it was measured and is
/// frozen here; a null <see cref="Patient"/> means that nobody claimed it, and <see cref="Unassigned"/> says why.
/// </summary>
public sealed record Observation
{
    /// <summary>The gateway that read it.</summary>
    public required GatewayId Gateway { get; init; }

    /// <summary>The meter that measured it.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>Where the gateway wrote the bytes down.</summary>
    public required CaptureRef Capture { get; init; }

    /// <summary>What was measured.</summary>
    public required VitalSign VitalSign { get; init; }

    /// <summary>One entry for each of the vital sign's parts, null where this meter does not report that part.</summary>
    public required ImmutableArray<Quantity?> Values { get; init; }

    /// <summary>When.</summary>
    public required TimeStamped Time { get; init; }

    /// <summary>The meter's own number of the record, where it numbers them (glucose sequence number).</summary>
    public uint? RecordNumber { get; init; }

    /// <summary>The meter's user slot as sent, where it has slots; 255 is "unknown user".</summary>
    public byte? UserSlot { get; init; }

    /// <summary>What the meter said about its own result.</summary>
    public ObservationFlags Flags { get; init; }

    /// <summary>Sample and meal, for glucose.</summary>
    public GlucoseDetail? Glucose { get; init; }

    /// <summary>
    /// The values of a continuous series, whose first is of <see cref="Time"/> and <see cref="Capture"/>; <see cref="Values"/> are null then, and the
    /// flags are those that all have. Null: it is a single reading.
    /// </summary>
    public SampledSeries? Series { get; init; }

    /// <summary>Whose it is, or null.</summary>
    public PatientId? Patient { get; init; }

    /// <summary>The patient session it was measured in, or null.</summary>
    public PatientSessionId? Session { get; init; }

    /// <summary>Why it belongs to nobody; <see cref="UnassignedReason.None"/> exactly when <see cref="Patient"/> is set.</summary>
    public UnassignedReason Unassigned { get; init; }

    /// <summary>
    /// Derived from content, so that a replay, a second gateway or a second reading of the meter's memory gives the same one.
    /// SHA-256 over device, vital sign, record number, device time, user slot and values (docs/wire.md, "Identity"), its first 128 bits.
    /// Only where the meter gives neither number nor time, the capture stands in for them. <see cref="ObservationFlags.Twin"/> makes another id.
    /// </summary>
    public ObservationId Id
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> buffer = stackalloc byte[16];
            hash.AppendData("telemed observation 1\n"u8);
            hash.AppendData(Encoding.ASCII.GetBytes(Device.Value));
            hash.AppendData([VitalSign.Number]);
            AppendNumber(hash, buffer, RecordNumber);
            AppendNumber(hash, buffer, Time.DeviceLocal is { } local ? local.Ticks / TimeSpan.TicksPerSecond : null);
            AppendNumber(hash, buffer, UserSlot);
            if (RecordNumber is null && Time.DeviceLocal is null)
            {
                hash.AppendData(Encoding.ASCII.GetBytes(Gateway.Value));
                AppendNumber(hash, buffer, unchecked((long)Capture.OutboxEpoch));
                AppendNumber(hash, buffer, unchecked((long)Capture.Number));
            }

            foreach (var value in Values)
            {
                hash.AppendData(Encoding.ASCII.GetBytes((value?.ToString() ?? "-") + "\n"));
            }

            if (Flags.HasFlag(ObservationFlags.Twin))
            {
                hash.AppendData("twin\n"u8);
            }

            return new ObservationId(new Guid(hash.GetHashAndReset().AsSpan(0, 16), bigEndian: true));
        }
    }

    /// <summary>The value of the part with this name, or null when the meter does not report it.</summary>
    public Quantity? this[string part] =>
        VitalSign.Parts.Select((definition, index) => (definition.Name, Values[index])).FirstOrDefault(p => p.Name == part).Item2;

    /// <summary>The single readings it is made of: those of a series one by one, each with the id that it has where it is told alone; else itself.</summary>
    public IEnumerable<Observation> Singles() => Series is null ? [this] : Series.Samples.Select(sample => this with
    {
        Capture = Capture with { Number = sample.Capture },
        Time = Time with { Arrival = Time.Arrival + sample.Offset, Effective = Time.Effective + sample.Offset },
        Values = sample.Values,
        Flags = sample.Flags,
        Series = null,
    });

    /// <summary>Equal when every field is, values one by one.</summary>
    public bool Equals(Observation? other) =>
        other is not null && Gateway == other.Gateway && Device == other.Device && Capture == other.Capture
        && VitalSign == other.VitalSign && Values.SequenceEqual(other.Values) && Time == other.Time
        && RecordNumber == other.RecordNumber && UserSlot == other.UserSlot && Flags == other.Flags && Glucose == other.Glucose && Equals(Series, other.Series)
        && Patient == other.Patient && Session == other.Session && Unassigned == other.Unassigned;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Device, Capture, VitalSign, Time, RecordNumber, Patient);

    // A marker octet before each optional number keeps "absent" apart from every number.
    private static void AppendNumber(IncrementalHash hash, Span<byte> buffer, long? number)
    {
        buffer[0] = (byte)(number is null ? 0 : 1);
        BinaryPrimitives.WriteInt64BigEndian(buffer[1..], number ?? 0);
        hash.AppendData(buffer[..9]);
    }
}

/// <summary>Why a reading belongs to nobody yet.</summary>
public enum UnassignedReason : byte
{
    /// <summary>It belongs to somebody.</summary>
    None = 0,

    /// <summary>No patient session was open for the meter.</summary>
    NoSession = 1,

    /// <summary>Measured before the open session began.</summary>
    BeforeSession = 2,

    /// <summary>Control solution, demonstration or test: not a patient's value.</summary>
    NotAPatientValue = 3,

    /// <summary>When it was measured is not known well enough to say in whose session it was.</summary>
    TimeNotReliable = 4,

    /// <summary>The meter's user slot is not mapped to anybody.</summary>
    UnmappedUserSlot = 5,
}
