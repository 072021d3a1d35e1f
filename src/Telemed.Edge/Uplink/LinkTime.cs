using System.Security.Cryptography;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// The cloud's time on its way to the room that keeps the gateway's, and that room's time for the link. The status asks with a number drawn at random, and the cloud answers it at
/// once; a stale answer, which the broker may keep for a day, answers another number and says nothing.
/// </summary>
public sealed class LinkTime
{
    /// <summary>
    /// It was <c>at</c> in the cloud at some moment between <c>asked</c> and <c>answered</c>, both as <see cref="TimeProvider.GetTimestamp"/> told them:
    /// an age would be wrong by whatever the machine does between its counting and its use. Called on the uplink's thread.
    /// </summary>
    public Action<DateTimeOffset, long, long> Heard { get; set; } = (_, _, _) => { };

    /// <summary>
    /// Between which two instants it is now, for the dates of certificates; null: by the machine's clock. Called on the link's thread.
    /// </summary>
    public Func<(DateTimeOffset Earliest, DateTimeOffset Latest)>? Now { get; set; }
}

/// <summary>
/// Asks the cloud for the time over one connection: at its beginning, until it is answered, and then now and then, since two crystals part.
/// Only over a link whose other end is proven, by its certificate or by being this machine. Belongs to the session's loop.
/// </summary>
internal sealed class ClockProbe(LinkTime linkTime, bool isProven, TimeProvider time)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(10);

    private ulong _number;
    private long _askedAt;
    private long? _heardAt;

    /// <summary>The number to ask with now, 0 when there is nothing to ask.</summary>
    public ulong Ask()
    {
        if (!isProven || (_heardAt is { } heard && time.GetElapsedTime(heard) < AskAgain))
        {
            return 0;
        }

        _askedAt = time.GetTimestamp();
        return _number = 1 + (BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) / 2);
    }

    /// <summary>An answer, which came at <paramref name="arrivedAt"/>; one to another question is none.</summary>
    public void Take(BatchReceipt answer, long arrivedAt)
    {
        if (answer.Probe == _number && answer.At is { } at)
        {
            (_number, _heardAt) = (0, arrivedAt);
            linkTime.Heard(at, _askedAt, arrivedAt);
        }
    }
}
