namespace Telemed.Edge.Panel;

/// <summary>What the light is chosen by.</summary>
/// <param name="Waiting">Something that was measured is not in the record yet.</param>
/// <param name="Fault">The radio is gone and could not be healed, so that nothing can be measured.</param>
/// <param name="Pairing">A meter is being paired.</param>
/// <param name="HelpAsked">A call for help is on its way or has just arrived.</param>
public readonly record struct PanelFacts(bool Waiting, bool Fault, bool Pairing, bool HelpAsked);

/// <summary>Chooses the signal. Pure but for what it showed last; every time is given.</summary>
public sealed class PanelSignals
{
    /// <summary>With a good link a reading is gone before anybody could see that it waited: so long it is shown at least.</summary>
    public static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(2);

    private TimeSpan? _waitingSince;

    /// <summary>The signal now.</summary>
    public PanelSignal Choose(PanelFacts facts, TimeSpan now)
    {
        if (facts.Waiting)
        {
            _waitingSince ??= now;
        }
        else if (now - _waitingSince >= ShortestWait)
        {
            _waitingSince = null;
        }

        return facts switch
        {
            { HelpAsked: true } => PanelSignal.HelpAsked,
            { Pairing: true } => PanelSignal.Pairing,
            { Fault: true } => PanelSignal.Fault,
            _ => _waitingSince is null ? PanelSignal.Sent : PanelSignal.Waiting,
        };
    }
}
