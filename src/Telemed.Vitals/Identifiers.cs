using System.Buffers.Binary;

namespace Telemed.Vitals;

/// <summary>Our box: 1 to 32 characters of a–z, 0–9 and hyphen, as it stands in MQTT topics.</summary>
public readonly record struct GatewayId(string Value)
{
    /// <summary>True when <paramref name="text"/> may stand in a topic as a gateway's name.</summary>
    public static bool IsValid(string? text) =>
        text is { Length: > 0 and <= 32 } && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>
/// A meter, by its Bluetooth identity address: 12 upper-case hexadecimal digits, most significant first, no separators.
/// The address and not the System ID is the key, because it is known at every visit before anything is read, and two
/// gateways see the same one.
/// </summary>
public readonly record struct DeviceId(string Value)
{
    /// <summary>From an address with or without colons, in either case; false when it is not 48 bits of hexadecimal.</summary>
    public static bool TryParse(string? text, out DeviceId device)
    {
        var digits = text?.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant() ?? "";
        device = new DeviceId(digits);
        return digits.Length == 12 && digits.All(char.IsAsciiHexDigitUpper);
    }

    /// <summary>The address as BlueZ writes it: AA:BB:CC:DD:EE:FF.</summary>
    public string ToAddress() => string.Join(':', Value.Chunk(2).Select(pair => new string(pair)));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A person who is measured. Carries no meaning: never a CURP or any other identifier of the person.</summary>
public readonly record struct PatientId(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}

/// <summary>One patient session at a unit: who is being measured, by whom, from when to when.</summary>
public readonly record struct PatientSessionId(Guid Value)
{
    /// <summary>How many octets the ids of one run of a gateway have in common; see <see cref="Numbered"/>.</summary>
    public const int RootOctets = 8;

    private const int Octets = 16;

    // A UUID of version 8 (RFC 9562): the version lies in the root's seventh octet, the variant begins the number's first.
    private const byte Version = 0x80, Variant = 0x80;

    /// <summary>
    /// The session of this number (less than 2^56) under a root: octets drawn at random, of whose seventh the upper half gives way to the UUID's version.
    /// The ids under one root differ in the number alone, which makes them cheap on the wire.
    /// </summary>
    public static PatientSessionId Numbered(ReadOnlySpan<byte> root, ulong number)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(root.Length, RootOctets);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, 1UL << 56);
        Span<byte> octets = stackalloc byte[Octets];
        root.CopyTo(octets);
        octets[6] = (byte)(Version | (octets[6] & 0x0F));
        BinaryPrimitives.WriteUInt64BigEndian(octets[RootOctets..], ((ulong)Variant << 56) | number);
        return new PatientSessionId(new Guid(octets, bigEndian: true));
    }

    /// <summary>Root and number of a <see cref="Numbered"/> id; false for any other. <paramref name="root"/> has room for the root.</summary>
    public bool TrySplit(Span<byte> root, out ulong number)
    {
        Span<byte> octets = stackalloc byte[Octets];
        Value.TryWriteBytes(octets, bigEndian: true, out _);
        octets[..RootOctets].CopyTo(root);
        number = BinaryPrimitives.ReadUInt64BigEndian(octets[RootOctets..]) & ((1UL << 56) - 1);
        return IsRoot(root) && octets[RootOctets] == Variant;
    }

    internal static bool IsRoot(ReadOnlySpan<byte> octets) => (octets[6] & 0xF0) == Version;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}

/// <summary>One observation: 128 bits derived from its content, see <see cref="Observation.Id"/>.</summary>
public readonly record struct ObservationId(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}

/// <summary>
/// Where the gateway wrote a notification down: the epoch of its outbox (drawn at random when the outbox was created) and
/// the number of the capture in it. Unique in the world, and the identity of what the meter neither numbers nor times.
/// </summary>
public readonly record struct CaptureRef(ulong OutboxEpoch, ulong Number);
