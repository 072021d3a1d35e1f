namespace Telemed.Edge.Ble;

/// <summary>
/// Which step is due against a radio's trouble. Pure: told at each check what is wrong, at a time since any fixed start. Whatever
/// passes by itself within <paramref name="patience"/> costs nothing; then one step at a time, each given as long to work. After the
/// last one all begins anew when <paramref name="again"/> has passed, so that there is no silent end.
/// </summary>
/// <remarks>
/// Silence (<paramref name="silence"/> without a report while scanning) is no trouble, since a quiet night is one; but the scan is
/// begun anew to prove that it can be.
/// </remarks>
public sealed class RadioHealing(TimeSpan patience, TimeSpan silence, TimeSpan again, bool mayRestartService)
{
    private static readonly HealingStep[] All = Enum.GetValues<HealingStep>();

    private TimeSpan _lastMove;
    private TimeSpan? _heard;
    private HealingStep? _lastStep;

    /// <summary>What is wrong since the last check.</summary>
    public RadioTrouble Trouble { get; private set; }

    /// <summary>The condition.</summary>
    public RadioCondition Condition => Trouble == RadioTrouble.None ? RadioCondition.Healthy
        : _lastStep == HealingStep.AskForHelp ? RadioCondition.NeedsHelp
        : RadioCondition.Healing;

    /// <summary>Something was heard on the air, or there is no scan that could hear.</summary>
    public void Heard(TimeSpan now) => _heard = now;

    /// <summary>The result of a check; returns the step that is due, null for none.</summary>
    public HealingStep? Check(RadioTrouble trouble, TimeSpan now)
    {
        var began = Trouble == RadioTrouble.None && trouble != RadioTrouble.None;
        Trouble = trouble;
        if (trouble == RadioTrouble.None)
        {
            _lastStep = null;
            return IsSilent(now) ? HealingStep.RestartScan : null;
        }

        _heard = now;
        if (began)
        {
            // A service that died stays dead on Debian unless somebody asks for it.
            _lastMove = now;
            return trouble == RadioTrouble.NoService ? _lastStep = HealingStep.StartService : null;
        }

        var wait = _lastStep == HealingStep.AskForHelp ? again : patience;
        if (now - _lastMove < wait)
        {
            return null;
        }

        _lastStep = Next(trouble);
        _lastMove = now;
        return _lastStep;
    }

    private bool IsSilent(TimeSpan now)
    {
        // From the first check on: nothing can have been heard before it.
        _heard ??= now;
        var silent = now - _heard >= silence;
        _heard = silent ? now : _heard;
        return silent;
    }

    /// <summary>The gentlest one that was not made yet in this trouble; another kind of trouble on the way does not begin anew.</summary>
    private HealingStep Next(RadioTrouble trouble) => All.First(step =>
        (_lastStep is not { } last || last == HealingStep.AskForHelp || step > last) && Helps(step, trouble));

    private bool Helps(HealingStep step, RadioTrouble trouble) => step switch
    {
        HealingStep.CancelAttempts or HealingStep.RestartScan => trouble is RadioTrouble.NoScan or RadioTrouble.NoAnswer,
        HealingStep.PowerCycle => trouble is RadioTrouble.NoScan or RadioTrouble.NoAnswer or RadioTrouble.NoPower,
        HealingStep.StartService => trouble == RadioTrouble.NoService,
        HealingStep.RestartService => mayRestartService && trouble != RadioTrouble.NoBus,
        _ => true,
    };
}
