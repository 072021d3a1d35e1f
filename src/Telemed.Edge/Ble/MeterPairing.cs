using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Pairs one meter at a time, step by step in the order of <see cref="PairingState"/>. A meter counts as paired only when it was off,
/// came back and was read like any other, with nobody pressing anything; one that stops short of that is forgotten again.
/// </summary>
public sealed partial class MeterPairing : IAsyncDisposable
{
    private readonly IBleCentral _central;
    private readonly PairingDesk _desk;
    private readonly VisitPermits _permits;
    private readonly IEnrolledDevices _enrolled;
    private readonly VisitLog _visits;
    private readonly PairingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    /// <summary>Nothing happens before <see cref="TryBegin"/>.</summary>
    public MeterPairing(
        IBleCentral central, PairingDesk desk, VisitPermits permits, IEnrolledDevices enrolled, VisitLog visits,
        IOptions<PairingOptions> options, TimeProvider time, ILogger<MeterPairing> logger)
    {
        (_central, _desk, _permits, _enrolled, _visits) = (central, desk, permits, enrolled, visits);
        (_options, _time, _logger) = (options.Value, time, logger);
        _visits.Changed += VisitChanged;
    }

    /// <summary>The present pairing, or the last one until it is dismissed; null when there is none.</summary>
    public PairingProgress? Progress { get; private set; }

    /// <summary>Begins a pairing. False when one is under way.</summary>
    public bool TryBegin(PairingWish wish)
    {
        lock (_gate)
        {
            if (!_run.IsCompleted)
            {
                return false;
            }

            _stop.Dispose();
            _stop = new CancellationTokenSource();
            Progress = new PairingProgress(wish, PairingState.Searching, _time.GetUtcNow(), wish.Device, [], null);
            var stop = _stop.Token;
            _run = Task.Run(() => RunAsync(wish, stop), CancellationToken.None);
            return true;
        }
    }

    /// <summary>Cancels the present pairing and waits for its end, or dismisses one that has ended.</summary>
    public async Task CancelAsync()
    {
        Task run;
        lock (_gate)
        {
            if (_run.IsCompleted)
            {
                Progress = null;
                return;
            }

            run = _run;
            _stop.Cancel();
        }

        await run.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _visits.Changed -= VisitChanged;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(PairingWish wish, CancellationToken stop)
    {
        PairingFailure? failure;
        try
        {
            failure = await FindAsync(wish, stop).ConfigureAwait(false)
                ?? await ExchangeAsync(Device, stop).ConfigureAwait(false)
                ?? await GoesOffAsync(Device, stop).ConfigureAwait(false)
                ?? await IsReadAgainAsync(Device, stop).ConfigureAwait(false);
            if (failure is null)
            {
                _enrolled.EnrolPaired(Device, wish.Label, wish.Station);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            failure = PairingFailure.Cancelled;
        }
        catch (BleException e)
        {
            LogStopped(_logger, Progress!.State, e.Message);
            failure = e.Failure is BleFailure.RadioGone or BleFailure.RadioOff ? PairingFailure.RadioLost : PairingFailure.MeterLost;
        }
        catch (Exception e)
        {
            LogBroken(_logger, e, Progress!.State);
            failure = PairingFailure.Broken;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    private DeviceId Device => Progress!.Device!.Value;

    /// <summary>Which meter it is: seen now, so awake, and the only one that fits.</summary>
    private async Task<PairingFailure?> FindAsync(PairingWish wish, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_options.SearchLimit, _time);
        var fits = ImmutableHashSet<DeviceId>.Empty;
        await foreach (var seen in SeenAsync(limit.Token, stop).ConfigureAwait(false))
        {
            if (wish.Device is { } device ? seen.Device == device : Fits(wish, seen) && !_enrolled.Contains(seen.Device))
            {
                fits = fits.Add(seen.Device);
                if (wish.Device is not null)
                {
                    break;
                }

                if (fits.Count == 1)
                {
                    limit.CancelAfter(_options.LookAround);
                }
            }
        }

        if (fits.Count != 1)
        {
            Update(progress => progress with { Candidates = [.. fits.OrderBy(device => device.Value, StringComparer.Ordinal)] });
            return fits.Count > 1 ? PairingFailure.SeveralSeen : NotSeen();
        }

        Update(progress => progress with { Device = fits.Single(), Candidates = [fits.Single()] });
        return null;
    }

    /// <summary>Keys: the old ones go, new ones come, and the meter is trusted.</summary>
    private async Task<PairingFailure?> ExchangeAsync(DeviceId device, CancellationToken stop)
    {
        _permits.Choose(device);
        Reach(PairingState.Found);
        await _central.RemoveAsync(device, stop).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(_options.SearchLimit, _time);
        if (!await SeenAsync(limit.Token, stop).AnyAsync(seen => seen.Device == device, CancellationToken.None).ConfigureAwait(false))
        {
            return NotSeen();
        }

        _desk.Serve(device);
        Reach(PairingState.Pairing);
        try
        {
            await _central.PairAsync(device, _options.ExchangeLimit, stop).ConfigureAwait(false);
            return null;
        }
        catch (BleException e) when (e.Failure == BleFailure.Authentication)
        {
            LogStopped(_logger, PairingState.Pairing, e.Message);
            return _desk.Blame ?? PairingFailure.MeterRefused;
        }
        finally
        {
            _desk.Close();
        }
    }

    /// <summary>The meter goes off: nothing is heard of it for a while, with a radio that would have heard it.</summary>
    private async Task<PairingFailure?> GoesOffAsync(DeviceId device, CancellationToken stop)
    {
        Reach(PairingState.Bonded);
        var began = _time.GetTimestamp();
        var heard = began;
        void Heard(RadioState state) => Volatile.Write(ref heard, _time.GetTimestamp());
        using var end = new CancellationTokenSource(_options.OffLimit, _time);
        _central.RadioChanged += Heard;
        var listening = ListenAsync();
        try
        {
            while (_time.GetElapsedTime(began) < _options.OffLimit)
            {
                var left = _options.Silence - _time.GetElapsedTime(Volatile.Read(ref heard));
                if (left <= TimeSpan.Zero && _central.Radio == RadioState.On)
                {
                    return null;
                }

                await Task.Delay(left > TimeSpan.Zero ? left : _options.Silence, _time, stop).ConfigureAwait(false);
            }

            return _central.Radio == RadioState.On ? PairingFailure.NotSwitchedOff : PairingFailure.RadioLost;
        }
        finally
        {
            _central.RadioChanged -= Heard;
            await end.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task ListenAsync()
        {
            await foreach (var seen in SeenAsync(end.Token, stop).ConfigureAwait(false))
            {
                if (seen.Device == device)
                {
                    Heard(RadioState.On);
                }
            }
        }
    }

    /// <summary>The proof: the ordinary visits find it, connect and read it.</summary>
    private async Task<PairingFailure?> IsReadAgainAsync(DeviceId device, CancellationToken stop)
    {
        var ends = _permits.Prove(device);
        Reach(PairingState.Away);
        var suspicion = default(BondSuspicion);
        using var limit = new CancellationTokenSource(_options.ReturnLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await foreach (var end in ends.ReadAllAsync(either.Token).ConfigureAwait(false))
            {
                suspicion = suspicion.After(end, paired: true);
                if (end.Reason == VisitEndReason.Completed || end.Notifications > 0)
                {
                    return null;
                }

                if (suspicion.Verdict is not null || end.Reason == VisitEndReason.NothingKnown)
                {
                    return suspicion.Verdict is null ? PairingFailure.NothingKnown : PairingFailure.KeysNotKept;
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The limit.
        }

        return _central.Radio == RadioState.On ? PairingFailure.NotReadAgain : PairingFailure.RadioLost;
    }

    /// <summary>A meter that was not paired to the end keeps no keys of ours and gets no visits.</summary>
    private async Task EndAsync(PairingFailure? failure)
    {
        _desk.Close();
        if (failure is not null && Progress!.State != PairingState.Searching)
        {
            try
            {
                _enrolled.SetHold(Device, VisitHold.PairingUnfinished);
                await _central.RemoveAsync(Device, CancellationToken.None).ConfigureAwait(false);
            }
            catch (BleException e)
            {
                // What is left of it is removed before anything else when it is paired again.
                LogNotForgotten(_logger, Device, e.Message);
            }
        }

        _permits.Release();
        Update(progress => progress with { Failure = failure });
        Reach(failure is null ? PairingState.Paired : PairingState.Failed);
        LogEnded(_logger, Progress!.Device, failure);
    }

    private PairingFailure NotSeen() => _central.Radio == RadioState.On ? PairingFailure.NotSeen : PairingFailure.RadioLost;

    /// <summary>What is seen until the limit, which ends it quietly.</summary>
    private async IAsyncEnumerable<Advertisement> SeenAsync(
        CancellationToken limit, [EnumeratorCancellation] CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
        var seen = _central.ScanAsync(either.Token).GetAsyncEnumerator(CancellationToken.None);
        await using (seen.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await seen.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    yield break;
                }

                yield return seen.Current;
            }
        }
    }

    private static bool Fits(PairingWish wish, Advertisement seen) =>
        seen.Name?.StartsWith(wish.Name!, StringComparison.OrdinalIgnoreCase) ?? false;

    private void VisitChanged(DeviceStatus status) => Update(progress =>
        progress.Device == status.Device && progress.State is PairingState.Away or PairingState.Reading
            ? progress with { State = status.Visiting ? PairingState.Reading : PairingState.Away, Since = _time.GetUtcNow() }
            : progress);

    private void Reach(PairingState state)
    {
        Update(progress => progress with { State = state, Since = _time.GetUtcNow() });
        LogReached(_logger, Progress!.Device, state);
    }

    private void Update(Func<PairingProgress, PairingProgress> change)
    {
        lock (_gate)
        {
            Progress = Progress is { } progress ? change(progress) : null;
        }
    }
}
