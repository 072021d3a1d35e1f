using Google.Protobuf;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>
/// What a gateway says of itself on its status topic. <paramref name="At"/>: by the gateway's clock, null in the last will, which the broker
/// sends at a moment the gateway does not know. <paramref name="Waiting"/>: entries not receipted, <paramref name="OldestWaiting"/> the arrival
/// of the oldest of them. <paramref name="RosterRevision"/>: of the list it holds, 0 when none. <paramref name="Probe"/>: drawn at random, asks
/// for a receipt with the same probe; 0 asks for none.
/// </summary>
public sealed record GatewayReport(
    bool Online, DateTimeOffset? At, ulong OutboxEpoch, ulong Waiting, DateTimeOffset? OldestWaiting, string Software,
    ulong RosterRevision = 0, ulong Probe = 0)
{
    /// <summary>The gateway's public key for files carried by hand; empty: none.</summary>
    public string CarriedKey { get; init; } = "";

    /// <summary>The version that is written, and the only one that is read.</summary>
    public const uint Version = 1;

    /// <summary>The payload of a status message.</summary>
    public byte[] Encode() => new GatewayStatus
    {
        Version = Version,
        Online = Online,
        At = At?.ToUnixTimeMilliseconds() ?? 0,
        OutboxEpoch = OutboxEpoch,
        Waiting = Waiting,
        OldestWaiting = OldestWaiting?.ToUnixTimeMilliseconds() ?? 0,
        Software = Software,
        RosterRevision = RosterRevision,
        Probe = Probe,
        CarriedKey = ByteString.FromBase64(CarriedKey),
    }.ToByteArray();

    // Longer than any version's name: what a stranger wrote there is not kept.
    private const int LongestSoftware = 200;

    /// <summary>Null when the payload is not a status of a version known here, or says what no gateway can mean.</summary>
    public static GatewayReport? TryDecode(ReadOnlySpan<byte> payload)
    {
        try
        {
            return GatewayStatus.Parser.ParseFrom(payload)
                is { Version: Version, Waiting: <= long.MaxValue, RosterRevision: <= long.MaxValue, Software.Length: <= LongestSoftware } status
                ? new GatewayReport(
                    status.Online, Instant(status.At), status.OutboxEpoch, status.Waiting, Instant(status.OldestWaiting), status.Software,
                    status.RosterRevision, status.Probe)
                {
                    CarriedKey = WireFields.CarriedKey(status.CarriedKey),
                }
                : null;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentOutOfRangeException or WireFieldException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Instant(long milliseconds) => milliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
