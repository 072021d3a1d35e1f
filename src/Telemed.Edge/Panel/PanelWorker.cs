using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;

namespace Telemed.Edge.Panel;

/// <summary>
/// Shows on the panel what the gateway does, and does what its button asks: a short press pairs a meter, a long one calls for help.
/// Nothing that happens to the panel reaches the rest of the gateway.
/// </summary>
internal sealed partial class PanelWorker(
    IPanel panel, PanelMonitor monitor, PanelPairing pairing, HelpCalls help, DurableOutbox outbox, IBleCentral central,
    IOptions<GatewayOptions> gateway, TimeProvider time, ILogger<PanelWorker> logger) : BackgroundService
{
    // Receipts and pairings do not knock: so soon a change is seen.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly ButtonPresses _presses = new();
    private readonly PanelSignals _signals = new();
    private ulong _appended = outbox.TotalAppended;
    private int _requests;
    private (PanelSignal Signal, TimeSpan Since) _light = (PanelSignal.Waiting, TimeSpan.Zero);
    private (Rhythm Rhythm, TimeSpan Since) _sound = (Rhythm.Silence, TimeSpan.Zero);

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host starts the next service only once this one waits.
        await Task.Yield();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await ListenAsync().ConfigureAwait(false);
                    await WaitAsync(Show(), stoppingToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    LogBroken(logger, e);
                    Play(Rhythm.NotDone);
                    await Task.Delay(Look, time, stoppingToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }

        panel.Show(light: false, sound: false);
    }

    private async Task ListenAsync()
    {
        while (panel.Edges.TryRead(out var edge))
        {
            await ActAsync(_presses.Take(edge)).ConfigureAwait(false);
        }

        if (_presses.Due <= Now)
        {
            await ActAsync(_presses.At(Now, panel.IsPressed)).ConfigureAwait(false);
        }

        if (pairing.Look() is { } paired)
        {
            Play(paired ? Rhythm.Done : Rhythm.NotDone);
        }

        if (monitor.Requests() is var requests && requests != _requests)
        {
            _requests = requests;
            Play(Rhythm.Asked);
        }

        if (help.Look() is { } arrived)
        {
            Play(arrived ? Rhythm.Done : Rhythm.NotDone);
        }
    }

    private async Task ActAsync(Press? press)
    {
        switch (press)
        {
            case Press.Short:
                Play(await pairing.ToggleAsync().ConfigureAwait(false) ? Rhythm.Understood : Rhythm.NotDone);
                break;
            case Press.Long:
                // The answer is given after the commit: who hears it has been heard.
                await help.AskAsync().ConfigureAwait(false);
                Play(Rhythm.HelpTaken);
                break;
        }
    }

    /// <summary>Sets light and sounder, and gives how long they stay so.</summary>
    private TimeSpan Show()
    {
        // With a good link a reading comes and goes between two looks.
        var (depth, appended) = (outbox.Depth(), outbox.TotalAppended);
        var came = appended != _appended;
        _appended = appended;
        var facts = new PanelFacts(
            came || depth.Total + depth.Held > 0, central.Health.Condition == RadioCondition.NeedsHelp, pairing.IsRunning, help.IsShown);
        var signal = _signals.Choose(facts, Now);
        if (signal != _light.Signal)
        {
            if ((_light.Signal, signal, gateway.Value.Mode) == (PanelSignal.Waiting, PanelSignal.Sent, GatewayMode.Home))
            {
                // Who measures at home looks at nothing: it is said that the reading has arrived.
                Play(Rhythm.Understood);
            }

            _light = (signal, Now);
        }

        monitor.Enter(signal, help.Current);
        var (light, lightLeft) = Rhythm.Of(signal).After(Now - _light.Since);
        var (sound, soundLeft) = _sound.Rhythm.After(Now - _sound.Since);
        panel.Show(light, sound);
        TimeSpan?[] left = [lightLeft, soundLeft, _presses.Due - Now, Look];
        return left.OfType<TimeSpan>().Min();
    }

    private void Play(Rhythm rhythm) => _sound = (rhythm, Now);

    private async Task WaitAsync(TimeSpan atMost, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(atMost < TimeSpan.Zero ? TimeSpan.Zero : atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await panel.Edges.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    [LoggerMessage(EventId = 1610, Level = LogLevel.Error, Message = "The panel met a defect and goes on")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}
