using System.Threading.Channels;

namespace Telemed.Edge.Panel;

/// <summary>
/// A light, a sounder and a button on the box; any of them may be missing. No call throws for what happens to the hardware:
/// what fails is in <see cref="Health"/> and is tried again. Safe to call from any thread.
/// </summary>
public interface IPanel
{
    /// <summary>How it does.</summary>
    PanelHealth Health { get; }

    /// <summary>What the button did, in order. Never completes before the panel is disposed.</summary>
    ChannelReader<ButtonEdge> Edges { get; }

    /// <summary>Whether the button is down at this moment; false when there is none.</summary>
    bool IsPressed { get; }

    /// <summary>Light and sounder from now on.</summary>
    void Show(bool light, bool sound);
}

/// <summary>
/// The button went down or up. <paramref name="At"/> is a reading of the machine's monotonic clock (what
/// <see cref="TimeProvider.GetTimestamp"/> counts in, as a span from its zero), taken when it happened.
/// </summary>
public readonly record struct ButtonEdge(bool Pressed, TimeSpan At);

/// <summary>How the panel does in one word.</summary>
public enum PanelCondition
{
    /// <summary>No panel is configured: the page has a simulated one.</summary>
    None,

    /// <summary>Every configured part answers.</summary>
    Working,

    /// <summary>At least one does not; it is tried again every few seconds.</summary>
    Failing,
}

/// <summary>
/// The panel's health. <paramref name="Reason"/> names the settings of the parts that fail and why, for whoever mends it; null when
/// none does. <paramref name="Since"/>: when this began.
/// </summary>
public sealed record PanelHealth(PanelCondition Condition, string? Reason, DateTimeOffset Since);
