using System.Collections.Immutable;
using Dapper;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Live;

/// <summary>What a stream begins with, up to a position of the store.</summary>
internal sealed record LiveOpening(ImmutableArray<LiveFrame> Frames, long Position, bool Ended)
{
    private const int MostMissed = 5000;
    private const int MostRecent = 1000;

    /// <summary>The most readings that a page of a whole teleconsult begins with, the latest to come.</summary>
    public const int MostWhole = 5000;

    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    /// <summary>
    /// What was missed since <paramref name="after"/>; a snapshot when that is null, too long ago, or a position that this store never
    /// gave. <paramref name="whole"/>: from its beginning and not the last minutes alone. Null when there is no such teleconsult.
    /// </summary>
    public static LiveOpening? Read(TelemedDb db, Guid teleconsult, long? after, bool whole, DateTimeOffset now) => db.Read(connection =>
    {
        if (TeleconsultStore.State(connection, teleconsult, now) is not { } state)
        {
            return null;
        }

        var ended = state.Teleconsult.EndedAt is not null;
        var last = connection.ExecuteScalar<long?>("SELECT max(position) FROM attachment") ?? 0;
        if (after is { } seen && seen <= last
            && ObservationStore.ChangesOf(connection, teleconsult, seen, MostMissed + 1) is { Count: <= MostMissed } missed)
        {
            return new LiveOpening([LiveFrame.State(state), .. missed.Select(LiveFrame.Of)], last, ended);
        }

        var readings = whole
            ? ObservationStore.Recent(connection, teleconsult, DateTimeOffset.UnixEpoch, MostWhole)
            : ObservationStore.Recent(connection, teleconsult, now - Recent, MostRecent);
        return new LiveOpening([LiveFrame.Snapshot(new LiveSnapshot(state.Teleconsult, state.Gateway, state.Asked, last, readings))], last, ended);
    });
}
