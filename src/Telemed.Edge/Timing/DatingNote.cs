using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// What is kept of a reading whose time may yet become known better: what it is found from, and what was told of it last
/// (<see cref="TimeStamped.DeviceLocal"/> is not kept here). No value, no person.
/// </summary>
public sealed record DatingNote(ObservationId Id, TimeBasis Basis, TimeStamped Told)
{
    private const byte Version = 2;

    // What a person would call another time.
    private static readonly TimeSpan Otherwise = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whether <paramref name="now"/> is worth telling after what was told: a time where there was none, a surer kind of time, one twice as
    /// sharp, or one that what was told does not allow; or that it came at another time than was told.
    /// </summary>
    public bool IsBetter(TimeStamped now) => now.Effective is { } effective
        ? Told.Effective is not { } told
            || (effective - told).Duration() > Told.Uncertainty
            || (IsSure(now.Method) && !IsSure(Told.Method))
            || now.Uncertainty * 2 < Told.Uncertainty
            || CameOtherwise(now)
        : Told.Effective is null && CameOtherwise(now);

    /// <summary>As it lies on the disk.</summary>
    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write(Id.Value.ToByteArray());
        writer.Write(Basis.Device.Value);
        Write(writer, Basis.Shown?.Ticks);
        Write(writer, Basis.Record);
        writer.Write(Basis.Live);
        writer.Write(Basis.Boot.ToByteArray());
        writer.Write(Basis.Arrival.Ticks);
        writer.Write(Basis.Wall.ToUnixTimeMilliseconds());
        writer.Write(Basis.Visit);
        Write(writer, Told.Effective?.ToUnixTimeMilliseconds());
        writer.Write((byte)Told.Method);
        writer.Write((long)Told.Uncertainty.TotalMilliseconds);
        writer.Write(Told.Arrival.ToUnixTimeMilliseconds());
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Null when it was written by a later version.</summary>
    public static DatingNote? Decode(byte[] payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload));
        var version = reader.ReadByte();
        if (version > Version)
        {
            return null;
        }

        var id = new ObservationId(new Guid(reader.ReadBytes(16)));
        var basis = new TimeBasis(
            new DeviceId(reader.ReadString()), Read(reader) is { } ticks ? new DateTime(ticks) : null, (uint?)Read(reader), reader.ReadBoolean(),
            new Guid(reader.ReadBytes(16)), new TimeSpan(reader.ReadInt64()), DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()), reader.ReadInt64());
        DateTimeOffset? effective = Read(reader) is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        var (method, uncertainty) = ((TimeMethod)reader.ReadByte(), TimeSpan.FromMilliseconds(reader.ReadInt64()));

        // The first version told what the machine's clock showed.
        var arrival = version < Version ? basis.Wall : DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        return new DatingNote(id, basis, new TimeStamped(basis.Shown, arrival, effective, method, uncertainty));
    }

    private bool CameOtherwise(TimeStamped now) => (now.Arrival - Told.Arrival).Duration() > Otherwise;

    private static bool IsSure(TimeMethod method) => method is TimeMethod.Arrival or TimeMethod.DeviceOffset;

    private static void Write(BinaryWriter writer, long? number)
    {
        writer.Write(number is not null);
        if (number is { } value)
        {
            writer.Write(value);
        }
    }

    private static long? Read(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadInt64() : null;
}
