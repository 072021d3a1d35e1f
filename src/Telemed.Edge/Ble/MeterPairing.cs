using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Pairs one meter at a time, step by step in the order of <see cref="PairingState"/>. A meter counts as paired only when it was off,
/// came back and was read like any other, with nobody pressing anything; one that stops short of that is forgotten again.
/// </summary>
public sealed partial class MeterPairing : IAsyncDisposable
{
    /// <summary>How often an exchange is tried whose link was lost.</summary>
    private const int Attempts = 3;

    private readonly IBleCentral _central;
    private readonly PairingDesk _desk;
    private readonly VisitPermits _permits;
    private readonly IEnrolledDevices _enrolled;
    private readonly VisitLog _visits;
    private readonly IMeterHabits _habits;
    private readonly RefusedMeters _refused;
    private readonly PairingOptions _options;
    private readonly TimeProvider _time;
    private readonly Sightings _sightings;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;
    private string? _called;

    /// <summary>Nothing happens before <see cref="TryBegin"/>.</summary>
    public MeterPairing(
        IBleCentral central, PairingDesk desk, VisitPermits permits, IEnrolledDevices enrolled, VisitLog visits,
        IMeterHabits habits, RefusedMeters refused, IOptions<PairingOptions> options, TimeProvider time, ILogger<MeterPairing> logger)
    {
        (_habits, _refused) = (habits, refused);
        (_central, _desk, _permits, _enrolled, _visits) = (central, desk, permits, enrolled, visits);
        (_options, _time, _logger) = (options.Value, time, logger);
        _sightings = new Sightings(central, time);
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
                _enrolled.EnrolPaired(Device, wish.Label ?? _called ?? Device.ToAddress(), wish.Station);
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
        _called = null;
        using var limit = new CancellationTokenSource(_options.SearchLimit, _time);
        var fits = ImmutableHashSet<DeviceId>.Empty;
        await foreach (var seen in _sightings.UntilAsync(limit.Token, stop).ConfigureAwait(false))
        {
            if (wish.Device is { } device ? seen.Device == device : Fits(wish, seen) && !_enrolled.Contains(seen.Device))
            {
                if (wish.Device is null && fits.IsEmpty)
                {
                    // Once, not at every sighting: a meter is seen for as long as it shows itself.
                    limit.CancelAfter(_options.LookAround);
                }

                fits = fits.Add(seen.Device);
                _called = seen.Name ?? _called;
                if (_refused.Takes(seen.Device, seen.Name, _habits.Of(seen), _time.GetUtcNow()) && wish.Device is not null)
                {
                    return PairingFailure.NothingKnown;
                }

                if (wish.Device is not null)
                {
                    break;
                }
            }
        }

        if (fits.Count != 1)
        {
            Update(progress => progress with { Candidates = [.. fits.OrderBy(device => device.Value, StringComparer.Ordinal)] });
            return fits.Count > 1 ? PairingFailure.SeveralSeen : UnlessRadioLost(PairingFailure.NotSeen);
        }

        Update(progress => progress with { Device = fits.Single(), Candidates = [fits.Single()] });
        return null;
    }

    /// <summary>Keys: the old ones go, new ones come, and the meter is trusted.</summary>
    private async Task<PairingFailure?> ExchangeAsync(DeviceId device, CancellationToken stop)
    {
        _permits.Choose(device);
        Reach(PairingState.Found);

        // Before the keys go, so that it is true whatever happens to us from here on.
        _enrolled.SetHold(device, VisitHold.PairingUnfinished);
        for (var attempt = 1; ; attempt++)
        {
            await _central.RemoveAsync(device, stop).ConfigureAwait(false);
            if (!await _sightings.OfAsync(device, _options.SearchLimit, stop).ConfigureAwait(false))
            {
                return UnlessRadioLost(PairingFailure.NotSeen);
            }

            _desk.Serve(device);
            Reach(PairingState.Pairing);
            try
            {
                await _central.PairAsync(device, _options.ExchangeLimit, stop).ConfigureAwait(false);
                return null;
            }
            catch (BleException e) when (e.Failure is BleFailure.Authentication or BleFailure.Disconnected)
            {
                LogStopped(_logger, PairingState.Pairing, e.Message);

                // A link lost is the radio's weather, until it is lost each time: then the meter does not want to.
                if (_desk.Blame is not null || e.Failure == BleFailure.Authentication || attempt == Attempts)
                {
                    return _desk.Blame ?? PairingFailure.MeterRefused;
                }
            }
            finally
            {
                _desk.Close();
            }

            // It may have gone to sleep with the link: the person is asked for its pairing mode once more.
            Reach(PairingState.Searching);
        }
    }

    /// <summary>The meter goes off.</summary>
    private async Task<PairingFailure?> GoesOffAsync(DeviceId device, CancellationToken stop)
    {
        Reach(PairingState.Bonded);
        return await _sightings.CeaseAsync(device, _options.Silence, _options.OffLimit, stop).ConfigureAwait(false)
            ? null : UnlessRadioLost(PairingFailure.NotSwitchedOff);
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

        return UnlessRadioLost(PairingFailure.NotReadAgain);
    }

    /// <summary>A meter that was not paired to the end keeps no keys of ours and gets no visits.</summary>
    private async Task EndAsync(PairingFailure? failure)
    {
        _desk.Close();
        if (failure is not null && Progress!.State != PairingState.Searching)
        {
            try
            {
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

    private PairingFailure UnlessRadioLost(PairingFailure failure) => _central.Radio == RadioState.On ? failure : PairingFailure.RadioLost;

    private static bool Fits(PairingWish wish, Advertisement seen) => wish.Name is { } name
        ? seen.Name?.StartsWith(name, StringComparison.OrdinalIgnoreCase) ?? false
        : seen.Services.Any(service => MeterProfile.All.Any(profile => profile.Service == service.Number));

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
