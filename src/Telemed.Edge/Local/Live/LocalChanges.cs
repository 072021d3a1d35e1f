using System.Collections.Immutable;
using System.Threading.Channels;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Local;

/// <summary>Wakes the open pages when something they may show has changed; what it was they find out themselves.</summary>
public sealed class LocalChanges : IDisposable
{
    private readonly VisitLog _visits;
    private readonly AttributionFeed _feed;
    private readonly CancellationTokenSource _stop = new();
    private ImmutableHashSet<ChangeWatch> _watches = [];

    /// <summary>Listens from now on.</summary>
    public LocalChanges(VisitLog visits, AttributionFeed feed)
    {
        (_visits, _feed) = (visits, feed);
        _visits.Changed += VisitChanged;
        _ = FollowAsync();
    }

    /// <summary>A page's own watch, until it is disposed.</summary>
    public ChangeWatch Watch()
    {
        var watch = new ChangeWatch(gone => ImmutableInterlocked.Update(ref _watches, watches => watches.Remove(gone)));
        ImmutableInterlocked.Update(ref _watches, watches => watches.Add(watch));
        return watch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _visits.Changed -= VisitChanged;
        _stop.Cancel();
        _stop.Dispose();
    }

    private void VisitChanged(DeviceStatus status) => Wake();

    // Cut off for being slow, it begins anew: a page looks at everything anyway.
    private async Task FollowAsync()
    {
        var stop = _stop.Token;
        try
        {
            while (true)
            {
                using var watch = _feed.Watch();
                Wake();
                await foreach (var change in watch.Changes.ReadAllAsync(stop).ConfigureAwait(false))
                {
                    Wake();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private void Wake()
    {
        foreach (var watch in _watches)
        {
            watch.Wake();
        }
    }
}

/// <summary>One page waiting; changes while it is not are one change.</summary>
public sealed class ChangeWatch(Action<ChangeWatch> end) : IDisposable
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Returns at the next change, or when <paramref name="limit"/> is over.</summary>
    public async Task NextAsync(TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var change = _changed.Reader.ReadAsync(either.Token).AsTask();
        var tick = Task.Delay(limit, time, either.Token);
        await Task.WhenAny(change, tick).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(change, tick).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose() => end(this);

    internal void Wake() => _changed.Writer.TryWrite(true);
}
