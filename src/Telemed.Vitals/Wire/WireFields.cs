using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>A field that breaks the contract; the message is the field's name. Never leaves this folder.</summary>
internal sealed class WireFieldException(string field) : Exception(field);

/// <summary>The rules that fields of several messages share.</summary>
internal static class WireFields
{
    public const int LongestName = 800, LongestKey = 40;

    public static ByteString Octets(Guid? value) => value is { } id ? ByteString.CopyFrom(id.ToByteArray(bigEndian: true)) : ByteString.Empty;

    public static Guid Id(ByteString octets, string field) =>
        octets.Length == 16 ? new Guid(octets.Span, bigEndian: true) : throw new WireFieldException(field);

    public static Guid? OptionalId(ByteString octets, string field) => octets.IsEmpty ? null : Id(octets, field);

    public static DateTimeOffset Instant(long milliseconds, string field) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new WireFieldException(field);

    /// <summary>A public key as text, empty when there is none.</summary>
    public static string CarriedKey(ByteString octets) =>
        octets.IsEmpty || octets is [0x04, ..] && octets.Length == Carried.Hpke.PointOctets ? octets.ToBase64() : throw new WireFieldException("carried_key");

    /// <summary>At most so many octets of UTF-8 and no control characters, except between lines.</summary>
    public static string Text(string text, int longest, string field, bool lines = false) =>
        Encoding.UTF8.GetByteCount(text) <= longest && !text.Any(c => char.IsControl(c) && !(lines && c is '\n'))
            ? text
            : throw new WireFieldException(field);

    public static Person Person(
        string givenName, string firstSurname, string secondSurname, string birthDate, string sex, string curp, string nss, string nssSuffix) => new(
        Text(givenName, LongestName, "given_name"),
        Text(firstSurname, LongestName, "first_surname"),
        Text(secondSurname, LongestName, "second_surname"),
        birthDate.Length == 0 || DateOnly.TryParseExact(birthDate, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? birthDate
            : throw new WireFieldException("birth_date"),
        sex is "" or "H" or "M" or "X" ? sex : throw new WireFieldException("sex"),
        Text(curp, LongestKey, "curp"),
        Text(nss, LongestKey, "nss"),
        Text(nssSuffix, LongestKey, "nss_suffix"));
}
