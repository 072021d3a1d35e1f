namespace Telemed.Edge.Ble;

/// <summary>Why an enrolled meter is left alone until a person acts; closed, since each has a sentence of its own.</summary>
public enum VisitHold
{
    /// <summary>It wants an encryption, and was never paired with this gateway.</summary>
    NeedsPairing,

    /// <summary>It refuses our keys: it was reset, or a phone has paired with it.</summary>
    BondLost,

    /// <summary>It drops the link again and again where a meter does that has lost our keys, which the stack does not tell for certain.</summary>
    BondDoubtful,

    /// <summary>Pairing it anew was begun and did not succeed: its old keys are gone.</summary>
    PairingUnfinished,
}

/// <summary>
/// Whether the ends of a meter's visits speak for a bond that only one side still has. One refusal for want of a key is proof. BlueZ
/// often tells no more than a link lost, or a subscription that is never answered, while the encryption should begin; a weak
/// radio looks the same, so these count only when several came in a row. A meter that was never reached, and a radio that was lost
/// without a link to it, say nothing. <paramref name="InARow"/> counts them.
/// </summary>
public readonly record struct BondSuspicion(int InARow, VisitHold? Verdict)
{
    private const int Enough = 3;

    /// <summary>
    /// After the next visit. <paramref name="paired"/>: it was paired with this gateway; a link lost early says nothing of a meter
    /// that was not.
    /// </summary>
    public BondSuspicion After(VisitEnd end, bool paired)
    {
        if (end.Reason == VisitEndReason.NeedsPairing)
        {
            return new BondSuspicion(InARow + 1, paired ? VisitHold.BondLost : VisitHold.NeedsPairing);
        }

        if (end.Notifications > 0 || end.Reason == VisitEndReason.Completed || end.Step > VisitStep.Subscribe)
        {
            return default;
        }

        var suspicious = end.Step == VisitStep.Subscribe
            ? end.Reason is VisitEndReason.LinkLost or VisitEndReason.TimedOut
            : paired && end.Reason == VisitEndReason.LinkLost;
        return !suspicious ? this
            : InARow + 1 < Enough ? new BondSuspicion(InARow + 1, null)
            : new BondSuspicion(InARow + 1, paired ? VisitHold.BondDoubtful : VisitHold.NeedsPairing);
    }
}
