using System.Diagnostics.Metrics;

namespace Telemed.Edge.Ble;

/// <summary>What the room counts, on the meter "Telemed.Edge". Fixed labels only: no device, no patient.</summary>
public sealed class BleMetrics
{
    private readonly Counter<long> _visits;
    private readonly Counter<long> _notifications;
    private readonly Counter<long> _steps;
    private volatile int _radio;

    /// <summary>The instruments of this process.</summary>
    public BleMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Telemed.Edge");
        _visits = meter.CreateCounter<long>("telemed.edge.visits", "{visit}", "Visits of meters that have ended, by reason");
        _notifications = meter.CreateCounter<long>(
            "telemed.edge.notifications", "{notification}", "Notifications and indications that reached the gateway");
        _steps = meter.CreateCounter<long>("telemed.edge.radio.healing_steps", "{step}", "Steps made to heal the radio, by step");
        meter.CreateObservableGauge("telemed.edge.radio.state", () => _radio, null, "The radio: 0 absent, 1 off, 2 on");
    }

    internal void VisitEnded(VisitEndReason reason) => _visits.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal void Notified() => _notifications.Add(1);

    internal void StepMade(HealingStep step) => _steps.Add(1, new KeyValuePair<string, object?>("step", step.ToString()));

    internal void Radio(RadioState state) => _radio = (int)state;
}
