namespace Telemed.Cloud.Storage;

/// <summary>Ids and instants as the tables hold them.</summary>
internal static class Octets
{
    /// <summary>16 octets, most significant first.</summary>
    public static byte[] Of(Guid id) => id.ToByteArray(bigEndian: true);

    /// <summary>The id in a column, or null.</summary>
    public static Guid? ToGuid(byte[]? octets) => octets is null ? null : new Guid(octets, bigEndian: true);

    /// <summary>The instant in a column, or null.</summary>
    public static DateTimeOffset? ToInstant(long? milliseconds) =>
        milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
