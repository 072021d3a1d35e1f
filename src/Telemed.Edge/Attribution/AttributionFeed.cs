using System.Collections.Immutable;
using System.Threading.Channels;

namespace Telemed.Edge.Attribution;

/// <summary>Something that a page about sessions and readings shows has changed.</summary>
public abstract record AttributionChange;

/// <summary>A session was opened.</summary>
public sealed record SessionOpened(PatientSession Session) : AttributionChange;

/// <summary>A session will end by idleness in <paramref name="In"/> unless somebody measures or keeps it.</summary>
public sealed record SessionEnding(PatientSession Session, TimeSpan In) : AttributionChange;

/// <summary>The warning is void: the session goes on.</summary>
public sealed record SessionKept(PatientSession Session) : AttributionChange;

/// <summary>A session ended; it says why.</summary>
public sealed record SessionClosed(PatientSession Session) : AttributionChange;

/// <summary>A reading was taken, or what is known of one or whose it is changed.</summary>
public sealed record ReadingChanged(KeptReading Reading) : AttributionChange;

/// <summary>The list of who comes, the nurses or the stations changed.</summary>
public sealed record RosterChanged(ulong Revision) : AttributionChange;

/// <summary>What specialists ask this unit to measure has changed.</summary>
public sealed record RequestsChanged : AttributionChange;

/// <summary>
/// Tells watchers what changes, from the moment they begin to watch. Each has a bounded queue: who is too slow is cut off and starts
/// again with a snapshot; nobody ever waits for a watcher.
/// </summary>
public sealed class AttributionFeed
{
    private const int QueuedAtMost = 256;

    private ImmutableList<Channel<AttributionChange>> _watchers = [];

    /// <summary>
    /// Begins to watch. Take the snapshot after this call, then read: nothing falls between. The reader completes when the watcher was too
    /// slow, and when the watch is disposed.
    /// </summary>
    public AttributionWatch Watch()
    {
        var channel = Channel.CreateBounded<AttributionChange>(new BoundedChannelOptions(QueuedAtMost) { SingleReader = true });
        ImmutableInterlocked.Update(ref _watchers, watchers => watchers.Add(channel));
        return new AttributionWatch(channel.Reader, () => Drop(channel));
    }

    internal void Tell(AttributionChange change)
    {
        foreach (var channel in Volatile.Read(ref _watchers))
        {
            if (!channel.Writer.TryWrite(change))
            {
                Drop(channel);
            }
        }
    }

    private void Drop(Channel<AttributionChange> channel)
    {
        ImmutableInterlocked.Update(ref _watchers, watchers => watchers.Remove(channel));
        channel.Writer.TryComplete();
    }
}

/// <summary>One watcher's changes, until it is disposed or was too slow.</summary>
public sealed class AttributionWatch(ChannelReader<AttributionChange> changes, Action end) : IDisposable
{
    /// <summary>In their order.</summary>
    public ChannelReader<AttributionChange> Changes => changes;

    /// <inheritdoc/>
    public void Dispose() => end();
}
