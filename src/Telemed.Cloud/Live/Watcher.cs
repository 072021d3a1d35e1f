using System.Collections.Immutable;
using System.Threading.Channels;

namespace Telemed.Cloud.Live;

/// <summary>Why a stream ended, as its last event says. A page reconnects after every reason but <see cref="Ended"/> and <see cref="Elsewhere"/>.</summary>
internal static class LiveClosing
{
    /// <summary>The watcher did not take what was announced.</summary>
    public const string TooSlow = "too-slow";

    /// <summary>The teleconsult has ended.</summary>
    public const string Ended = "ended";

    /// <summary>The cloud service is going down.</summary>
    public const string ShuttingDown = "shutting-down";

    /// <summary>The same side of a call was taken on another page.</summary>
    public const string Elsewhere = "elsewhere";

    /// <summary>Something committed could not be announced; the store has it.</summary>
    public const string Interrupted = "interrupted";
}

/// <summary>One open live stream: a bounded queue of announcements, which are the frames of one transaction each.</summary>
internal sealed class Watcher(Guid teleconsult, Action<Watcher> leave) : IDisposable
{
    /// <summary>How many announcements may wait.</summary>
    public const int Capacity = 256;

    private readonly Channel<ImmutableArray<LiveFrame>> _queue = Channel.CreateBounded<ImmutableArray<LiveFrame>>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private string? _closing;

    /// <summary>What is watched.</summary>
    public Guid Teleconsult => teleconsult;

    /// <summary>What was announced and not yet taken; completes when the stream is to end.</summary>
    public ChannelReader<ImmutableArray<LiveFrame>> Announced => _queue.Reader;

    /// <summary>Why the stream is to end, or null.</summary>
    public string? Closing => Volatile.Read(ref _closing);

    /// <summary>True when what still waits is not worth sending: the watcher could not take it in time.</summary>
    public bool IsCutOff => Closing == LiveClosing.TooSlow;

    /// <summary>Queues an announcement; cuts the watcher off when there is no room.</summary>
    public void Offer(ImmutableArray<LiveFrame> frames)
    {
        if (Closing is null && !_queue.Writer.TryWrite(frames))
        {
            Close(LiveClosing.TooSlow);
        }
    }

    /// <summary>Queues an announcement that may be left out.</summary>
    public void OfferIfRoom(ImmutableArray<LiveFrame> frames)
    {
        if (Closing is null && _queue.Reader.Count < Capacity / 2)
        {
            _queue.Writer.TryWrite(frames);
        }
    }

    /// <summary>Ends the stream after what waits. The first reason stands.</summary>
    public void Close(string reason)
    {
        if (Interlocked.CompareExchange(ref _closing, reason, null) is null)
        {
            _queue.Writer.TryComplete();
        }
    }

    public void Dispose() => leave(this);
}
