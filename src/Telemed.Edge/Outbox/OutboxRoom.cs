using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Outbox;

/// <summary>How the room for readings stands, from good to bad.</summary>
public enum RoomState
{
    /// <summary>There is room.</summary>
    Ample,

    /// <summary>There is little: the oldest local history that the cloud has receipted goes.</summary>
    Low,

    /// <summary>There is little and no history to give: continuous series are refused. Single readings are still kept.</summary>
    SeriesRefused,

    /// <summary>Nothing more can be written; what the meters have handed over waits in memory.</summary>
    Full,
}

/// <summary>
/// The room for readings. <paramref name="Left"/>: octets that may still be written, by the disk and by Outbox:MaximumMegabytes, whichever is less;
/// null when the system does not tell. <paramref name="SeriesRefused"/>: values of continuous series refused since the start.
/// <paramref name="Waiting"/>: writes that wait for room.
/// </summary>
public sealed record OutboxRoom(RoomState State, long? Left, long SeriesRefused, int Waiting);

/// <summary>Measures the room, on the writer's thread. What is free inside the file counts: the file never gives it back to the disk.</summary>
internal sealed class RoomGauge : IDisposable
{
    // Between two measurements; at each commit while there is little.
    private const int Commits = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly SpaceReserve _reserve;
    private readonly SqliteCommand _pages;
    private readonly SqliteCommand _unused;
    private readonly long _pageSize;
    private readonly long _maximum;
    private readonly long _low;
    private long _measuredAt;
    private int _commits = Commits;

    public RoomGauge(OutboxOptions options, SqliteConnection connection, SpaceReserve reserve, TimeProvider time)
    {
        (_time, _reserve) = (time, reserve);
        (_pages, _unused) = (connection.CreateCommand(), connection.CreateCommand());
        (_pages.CommandText, _unused.CommandText) = ("PRAGMA page_count", "PRAGMA freelist_count");
        _pageSize = OutboxFile.Number(connection, "PRAGMA page_size");
        _maximum = options.MaximumMegabytes * 1024L * 1024;
        _low = Math.Min(options.KeepFreeMegabytes * 1024L * 1024, _maximum / 8);
    }

    /// <summary>As last measured; null: not known.</summary>
    public long? Left { get; private set; }

    /// <summary>There is little; no more so only once there is a quarter more.</summary>
    public bool IsLow { get; private set; }

    /// <summary>Gives up the reserve where that helps: not when the file is at its own limit. False when it did not.</summary>
    public bool GiveUpReserve() => _reserve.Free() is not > 8 * SpaceReserve.Scarce && _reserve.Release();

    /// <summary>Outside a transaction, after a commit (or when the writer idles).</summary>
    public void Measure(bool idle = false)
    {
        if (!idle && !IsLow && ++_commits < Commits && _time.GetElapsedTime(_measuredAt) < Interval)
        {
            return;
        }

        (_commits, _measuredAt) = (0, _time.GetTimestamp());
        var (used, unused) = (Number(_pages) * _pageSize, Number(_unused) * _pageSize);
        _reserve.GiveUpWhenScarce();
        var free = _reserve.Free();
        _reserve.Hold(free, 2 * _low);
        Left = Math.Min((free ?? long.MaxValue / 2) + unused, _maximum - used + unused);
        IsLow = Left < (IsLow ? _low + (_low / 4) : _low);
    }

    public void Dispose()
    {
        _pages.Dispose();
        _unused.Dispose();
    }

    private static long Number(SqliteCommand command) => (long)command.ExecuteScalar()!;
}
