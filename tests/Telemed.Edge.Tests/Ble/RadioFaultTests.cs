using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A radio that does not come back by itself: found out, healed in steps, and told.</summary>
public sealed class RadioFaultTests : IAsyncLifetime
{
    private readonly FakeMeter _meter = Meters.Glucometer("C0:FF:EE:00:00:01", 1);
    private Ward _ward = null!;
    private FakeBlueZ _bluez = null!;

    private RadioHealth Health => _ward.Central.Health;

    public async Task InitializeAsync()
    {
        _ward = await Ward.OpenAsync();
        _ward.Settings["Ble:CallLimit"] = "00:00:01";
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, _meter);
    }

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        await _bluez.DisposeAsync();
    }

    [Fact]
    public async Task A_scan_in_progress_for_ever_is_healed_by_switching_the_adapter_off_and_on()
    {
        var stuck = true;
        _bluez.BeforeScan = () => stuck ? throw InProgress() : Task.CompletedTask;
        _bluez.BeforePower = on => stuck &= on;
        await _ward.StartAsync(_meter.Device);
        var counts = Count();
        await ScansAsync();
        await BecomesAsync(RadioCondition.Healthy);

        Steps().ShouldBe("CancelAttempts 1, RestartScan 1, PowerCycle 1");
        (Health.LastStep, Health.Trouble).ShouldBe((HealingStep.PowerCycle, RadioTrouble.None));
        var did = _bluez.AdapterDid.ToList();
        did.IndexOf("stop scan").ShouldBeLessThan(did.IndexOf("power off"));
        did.SkipWhile(what => what != "power off").Take(3).ShouldBe(["power off", "power on", "start scan"]);
        counts.Keys.ShouldContain("telemed.edge.radio.healing_steps PowerCycle");
        await Eventually.BecomesTrue("the visit was counted", () => counts.ContainsKey("telemed.edge.visits Completed"));
        counts["telemed.edge.notifications "].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_attempt_to_connect_that_blocks_the_scan_is_given_up()
    {
        var asleep = Meters.Cuff("C0:FF:EE:00:00:02", 1, drops: true);
        asleep.Asleep = true;
        await _bluez.DisposeAsync();
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, asleep);
        _bluez.BeforeScan = () => asleep.Connecting ? throw InProgress() : Task.CompletedTask;
        _ward.Settings["Ble:ConnectLimit"] = "00:01:00";
        await _ward.StartAsync(asleep.Device);
        await Eventually.BecomesTrue("an attempt is under way", () => asleep.Connecting);
        _bluez.LoseScan();
        await ScansAsync();
        Steps().ShouldBe("CancelAttempts 1");
    }

    [Fact]
    public async Task A_silent_scan_that_cannot_be_stopped_is_ended_with_the_adapters_power()
    {
        // bluetoothd 5.66 whose kernel has given the scan up: "discovering", and every stop is refused.
        var stuck = true;
        _bluez.BeforeStop = () =>
        {
            if (stuck)
            {
                throw InProgress();
            }
        };
        _bluez.BeforePower = on => stuck &= on;
        _ward.Settings["Ble:SilenceLimit"] = "00:00:02";
        await _ward.StartAsync();
        _meter.Advertises = false;
        await Eventually.BecomesTrue("it scans anew", () => _bluez.AdapterDid.SkipWhile(what => what != "stop scan").Contains("start scan"), 20);
        _bluez.AdapterDid.SkipWhile(what => what != "stop scan").Take(4).ShouldBe(["stop scan", "power off", "power on", "start scan"]);
    }

    [Fact]
    public async Task A_service_that_never_answers_is_restarted_where_that_is_allowed()
    {
        var sign = Path.Combine(Directory.CreateTempSubdirectory("restart").FullName, "restarted");
        _ward.Settings["Ble:MayRestartService"] = "true";
        _ward.Settings["Ble:RestartCommand"] = "touch " + sign;
        _bluez.BeforeScan = () => File.Exists(sign) ? Task.CompletedTask : Task.Delay(Timeout.Infinite);
        await _ward.StartAsync(_meter.Device);
        await Eventually.BecomesTrue("the trouble is found out", () => Health.Trouble == RadioTrouble.NoAnswer, 5);
        await ScansAsync();
        Steps().ShouldBe("CancelAttempts 1, RestartScan 1, PowerCycle 1, RestartService 1");
        Directory.Delete(Path.GetDirectoryName(sign)!, recursive: true);
    }

    [Theory]
    [InlineData("org.bluez.Error.Failed", "Blocked through rfkill")]
    [InlineData("org.bluez.Error.Busy", "Power off under way")]
    public async Task An_adapter_that_cannot_be_switched_on_needs_help_and_is_used_as_soon_as_it_can(string error, string text)
    {
        var blocked = true;
        _bluez.SetPowered(false);
        _bluez.BeforePower = _ =>
        {
            if (blocked)
            {
                throw new DBusException(error, text);
            }
        };
        await _ward.StartAsync(_meter.Device);
        await BecomesAsync(RadioCondition.NeedsHelp);
        (Health.Trouble, Health.LastStep, _ward.Central.Radio).ShouldBe((RadioTrouble.NoPower, HealingStep.AskForHelp, RadioState.Off));
        _ward.Log.Lines.ShouldContain(line => line.StartsWith("Warning: Radio hci0: healing step AskForHelp against NoPower", StringComparison.Ordinal)
            && line.Contains(text, StringComparison.Ordinal));
        blocked = false;
        await VisitedAsync();
        await BecomesAsync(RadioCondition.Healthy);
    }

    [Fact]
    public async Task An_adapter_that_is_unplugged_is_missed_and_used_again_when_it_is_back()
    {
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync();
        await _bluez.UnplugAsync();
        await Eventually.BecomesTrue("it is missed", () => Health.Trouble == RadioTrouble.NoAdapter, 5);
        await BecomesAsync(RadioCondition.NeedsHelp);
        _ward.Central.Radio.ShouldBe(RadioState.Absent);
        var before = Visits;
        await _bluez.PlugInAsync();
        await Eventually.BecomesTrue("visits go on", () => Visits > before);
        await BecomesAsync(RadioCondition.Healthy);
    }

    private string Steps() => string.Join(", ", Health.Steps.Select(step => $"{step.Key} {step.Value}"));

    private int Visits => _ward.Sink.Ends(_meter.Device).Count(end => end.Reason == VisitEndReason.Completed);

    private static DBusException InProgress() => new("org.bluez.Error.InProgress", "Operation already in progress");

    private Task VisitedAsync() => Eventually.BecomesTrue("a visit was made", () => Visits > 0);

    private Task ScansAsync() => Eventually.BecomesTrue("it scans", () => _bluez.Discovering);

    private Task BecomesAsync(RadioCondition condition) =>
        Eventually.BecomesTrue($"the radio is {condition}", () => Health.Condition == condition);

    // What this ward's counters have counted: name and label.
    private ConcurrentDictionary<string, long> Count()
    {
        var counts = new ConcurrentDictionary<string, long>();
        var factory = _ward.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counts.AddOrUpdate($"{instrument.Name} {(tags.IsEmpty ? "" : tags[0].Value)}", value, (_, sum) => sum + value));
        listener.Start();
        return counts;
    }
}
