using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using Telemed.DBus;
using static Telemed.Edge.Ble.BlueZ.BlueZCalls;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>The steps against a trouble, as <see cref="RadioHealing"/> orders them, and what is told of it.</summary>
internal sealed partial class BlueZCentral
{
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(30);

    private readonly RadioHealing _healing;
    private long _heard;

    public RadioHealth Health { get; private set; }

    /// <summary>After each check of the radio.</summary>
    private async Task HealAsync(RadioTrouble trouble, string reason)
    {
        var before = _healing.Condition;
        if (Interlocked.Exchange(ref _heard, 0) != 0 || _scans.IsEmpty)
        {
            _healing.Heard(BootClock.SinceBoot);
        }

        var step = _healing.Check(trouble, BootClock.SinceBoot);
        Tell(before, step);
        if (step is { } due)
        {
            LogStep(
                _logger, _options.Adapter, due, trouble,
                trouble == RadioTrouble.None ? $"Nothing was heard for {_options.SilenceLimit}." : reason);
            _metrics.StepMade(due);
            await MakeAsync(due).ConfigureAwait(false);
        }
    }

    private void Tell(RadioCondition before, HealingStep? step)
    {
        var now = Time.GetUtcNow();
        var health = Health with
        {
            Condition = _healing.Condition,
            Since = _healing.Condition == before ? Health.Since : now,
            Trouble = _healing.Trouble,
        };
        Health = step is not { } made ? health : health with
        {
            LastStep = made,
            LastStepAt = now,
            Steps = health.Steps.SetItem(made, health.Steps.GetValueOrDefault(made) + 1),
        };
        if (before != RadioCondition.Healthy && health.Condition == RadioCondition.Healthy)
        {
            LogHealed(_logger, _options.Adapter);
        }
    }

    private async Task MakeAsync(HealingStep step)
    {
        try
        {
            switch (step)
            {
                case HealingStep.CancelAttempts:
                    foreach (var peripheral in _peripherals.Values.Where(peripheral => !peripheral.IsOpen))
                    {
                        peripheral.GiveUp();
                    }

                    break;
                case HealingStep.RestartScan:
                    await RestartScanAsync().ConfigureAwait(false);
                    break;
                case HealingStep.PowerCycle:
                    await PowerOffAsync().ConfigureAwait(false);
                    break;
                case HealingStep.StartService:
                    await StartServiceAsync().ConfigureAwait(false);
                    break;
                case HealingStep.RestartService:
                    await RestartServiceAsync().ConfigureAwait(false);
                    break;
            }
        }
        catch (BleException e)
        {
            LogStepFailed(_logger, _options.Adapter, step, e.Message);
        }

        Wake();
    }

    /// <summary>
    /// A scan that cannot be stopped is one that the service believes in and the kernel has given up: bluetoothd would then say "in
    /// progress", and that it is discovering, for ever. Only the adapter's power ends that.
    /// </summary>
    private async Task RestartScanAsync()
    {
        _discovering = false;
        try
        {
            await AskAdapterAsync(AdapterInterface, "StopDiscovery", "").ConfigureAwait(false);
        }
        catch (BleException e) when (e.Failure == BleFailure.Busy)
        {
            LogStepFailed(_logger, _options.Adapter, HealingStep.RestartScan, e.Message);
            await PowerOffAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The next check finds it off, and switches it on.</summary>
    private Task PowerOffAsync() =>
        AskAdapterAsync(PropertiesInterface, "Set", "ssv", AdapterInterface, "Powered", new DBusVariant("b", false));

    /// <summary>A question that every living service answers at once.</summary>
    private Task ProbeAsync() => AskAdapterAsync(PropertiesInterface, "Get", "ss", AdapterInterface, "Powered");

    private async Task AskAdapterAsync(string @interface, string member, string signature, params object[] arguments)
    {
        if (_bus is { } bus)
        {
            await bus.CallBlueZAsync(_adapterPath, @interface, member, signature, arguments, _options.CallLimit, _stop.Token)
                .ConfigureAwait(false);
        }
    }

    /// <summary>As any call to the service would, on a bus that knows how it is started.</summary>
    private async Task StartServiceAsync()
    {
        try
        {
            await _bus!.CallAsync(
                BusDaemon, "/org/freedesktop/DBus", BusDaemon, "StartServiceByName", "su", [BusName, 0u], _options.CallLimit, _stop.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is DBusException or DBusDisconnectedException or TimeoutException)
        {
            LogStepFailed(_logger, _options.Adapter, HealingStep.StartService, e.Message);
        }
    }

    private async Task RestartServiceAsync()
    {
        var words = _options.RestartCommand.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var limit = new CancellationTokenSource(RestartLimit, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            using var command = Process.Start(words[0], words.Skip(1));
            await command.WaitForExitAsync(either.Token).ConfigureAwait(false);
            if (command.ExitCode != 0)
            {
                LogStepFailed(_logger, _options.Adapter, HealingStep.RestartService, $"exit code {command.ExitCode}");
            }
        }
        catch (Exception e) when (e is Win32Exception || (e is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            LogStepFailed(_logger, _options.Adapter, HealingStep.RestartService, e.Message);
        }
    }

    private static RadioTrouble TroubleOf(Exception e) => e switch
    {
        BleException { Failure: BleFailure.TimedOut } => RadioTrouble.NoAnswer,
        BleException { Failure: BleFailure.RadioGone } => RadioTrouble.NoService,
        BleException => RadioTrouble.NoScan,
        _ => RadioTrouble.NoBus,
    };

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning,
        Message = "Radio {Adapter}: healing step {Step} against {Trouble} {Reason}")]
    private static partial void LogStep(ILogger logger, string adapter, HealingStep step, RadioTrouble trouble, string reason);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Warning, Message = "Radio {Adapter}: healing step {Step} failed: {Reason}")]
    private static partial void LogStepFailed(ILogger logger, string adapter, HealingStep step, string reason);

    [LoggerMessage(EventId = 1105, Level = LogLevel.Information, Message = "Radio {Adapter} is healthy again")]
    private static partial void LogHealed(ILogger logger, string adapter);
}
