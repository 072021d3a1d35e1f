namespace Telemed.Edge.Panel;

/// <summary>A call for help: when it was asked for, and when the cloud said that it has it; null: not yet.</summary>
public sealed record HelpCallNow(Guid Id, DateTimeOffset At, DateTimeOffset? Arrived);

/// <summary>The panel as it stands. <paramref name="Simulated"/>: no hardware is configured, the page stands in for it.</summary>
public sealed record PanelNow(PanelSignal Signal, DateTimeOffset Since, PanelHealth Health, bool Simulated, HelpCallNow? Help);

/// <summary>Holds the present <see cref="PanelNow"/>. Written by the panel's worker, read by anybody.</summary>
public sealed class PanelMonitor(IPanel panel, TimeProvider time)
{
    private volatile PanelNow _current = new(PanelSignal.Waiting, time.GetUtcNow(), panel.Health, panel is SimulatedPanel, null);

    /// <summary>As it stands.</summary>
    public PanelNow Current => _current;

    /// <summary>How many measurements specialists have asked for since the start; each new one is sounded.</summary>
    public Func<int> Requests { get; set; } = () => 0;

    internal void Enter(PanelSignal signal, HelpCallNow? help) => _current = _current with
    {
        Signal = signal,
        Since = signal == _current.Signal ? _current.Since : time.GetUtcNow(),
        Health = panel.Health,
        Help = help,
    };
}
