using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.Edge.Gatt;

/// <summary>
/// The value of one GATT characteristic, decoded field for field with nothing added. The records below it carry the
/// characteristic's adopted name; a null field was not in the frame.
/// </summary>
public abstract record CharacteristicValue
{
    /// <summary>What is odd about the frame although it could be decoded.</summary>
    [JsonIgnore]
    public DecodeNotes Notes { get; init; }
}

/// <summary>A characteristic value that knows how to read itself from its octets.</summary>
public interface IDecodable<TSelf>
    where TSelf : CharacteristicValue, IDecodable<TSelf>
{
    /// <summary>
    /// Decodes one complete value. Never throws. False, and why, when octets are missing: a truncated frame is refused whole.
    /// Octets beyond what the flags announce are accepted and noted.
    /// </summary>
    static abstract bool TryDecode(ReadOnlySpan<byte> value, [NotNullWhen(true)] out TSelf? measurement, out DecodeFailure failure);
}

/// <summary>Why a value could not be decoded.</summary>
public enum DecodeFailureReason : byte
{
    /// <summary>It could be.</summary>
    None = 0,

    /// <summary>Shorter than the characteristic's mandatory fields.</summary>
    TooShort = 1,

    /// <summary>The flags (or the op code) announce fields that are not in the frame.</summary>
    FieldsMissing = 2,
}

/// <summary>A refused frame: why, how many octets it needed and how many it had.</summary>
public readonly record struct DecodeFailure(DecodeFailureReason Reason, int Needed, int Actual);

/// <summary>What may be odd about a frame that could still be decoded.</summary>
[Flags]
public enum DecodeNoteKinds : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Octets after the last announced field; they were not read.</summary>
    TrailingOctets = 0x0001,

    /// <summary>A flag the specification reserves is set; it was ignored.</summary>
    ReservedFlags = 0x0002,

    /// <summary>A code the specification reserves; kept as its number.</summary>
    ReservedValue = 0x0004,

    /// <summary>A bit of a status or feature word that the specification reserves is set; it was kept.</summary>
    ReservedBits = 0x0008,

    /// <summary>Year, month and day are 0, which is how a device says that it does not know the date.</summary>
    TimeUnknown = 0x0010,

    /// <summary>One or two of year, month and day are 0.</summary>
    TimePartial = 0x0020,

    /// <summary>A date or time that no calendar has, such as month 13 or 31 February.</summary>
    TimeImpossible = 0x0040,

    /// <summary>Time Offset 0x7FFF: greater than it can express.</summary>
    TimeOffsetOverrun = 0x0080,

    /// <summary>Time Offset 0x8000: less than it can express.</summary>
    TimeOffsetUnderrun = 0x0100,

    /// <summary>Exercise Duration 0xFFFF: longer than it can express.</summary>
    ExerciseDurationOverrun = 0x0200,

    /// <summary>A response whose operator is not Null.</summary>
    UnexpectedOperator = 0x0400,

    /// <summary>A string that is not UTF-8; what could not be read is U+FFFD.</summary>
    InvalidUtf8 = 0x0800,
}

/// <summary>
/// The notes beside a decoded value. <paramref name="TrailingOctets"/> counts the octets that were not read;
/// <paramref name="TimeOctets"/> holds the seven octets, first on the wire most significant, of a time that became null.
/// </summary>
public readonly record struct DecodeNotes(DecodeNoteKinds Kinds, int TrailingOctets, ulong TimeOctets)
{
    private const DecodeNoteKinds TimeKinds =
        DecodeNoteKinds.TimeUnknown | DecodeNoteKinds.TimePartial | DecodeNoteKinds.TimeImpossible;

    /// <summary>The notes in words, such as <c>reserved-flags</c>, <c>trailing-octets:2</c>, <c>time-partial:000004110F3300</c>.</summary>
    public IReadOnlyList<string> ToWords()
    {
        var words = new List<string>();
        foreach (var kind in Enum.GetValues<DecodeNoteKinds>())
        {
            if (kind == DecodeNoteKinds.None || !Kinds.HasFlag(kind))
            {
                continue;
            }

            var word = JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
            words.Add((kind, TimeKinds.HasFlag(kind)) switch
            {
                (DecodeNoteKinds.TrailingOctets, _) => FormattableString.Invariant($"{word}:{TrailingOctets}"),
                (_, true) => FormattableString.Invariant($"{word}:{TimeOctets:X14}"),
                _ => word,
            });
        }

        return words;
    }
}
