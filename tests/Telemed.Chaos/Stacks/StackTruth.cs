namespace Telemed.Chaos.Stacks;

/// <summary>What the simulated meters' ledger does not know: who sat there when, and when what was on its way may have been lost.</summary>
internal sealed class StackTruth
{
    public static readonly Guid[] People = [.. Enumerable.Range(1, 4).Select(n => new Guid($"c4a05000-0000-4000-8000-00000000000{n}"))];

    private readonly Lock _lock = new();
    private readonly List<(DateTimeOffset From, Guid? Person)> _sittings = [];
    private readonly List<(DateTimeOffset At, bool DiskFull)> _troubles = [];

    /// <summary>From now on this person sits there; null: nobody.</summary>
    public void Sits(Guid? person)
    {
        lock (_lock)
        {
            _sittings.Add((TimeProvider.System.GetUtcNow(), person));
        }
    }

    /// <summary>The gateway or the meters have died, or the gateway's disk was full: what was on its way may be gone.</summary>
    public void Trouble(bool diskFull = false)
    {
        lock (_lock)
        {
            _troubles.Add((TimeProvider.System.GetUtcNow(), diskFull));
        }
    }

    /// <summary>Who sat there at an instant; null: nobody.</summary>
    public Guid? At(DateTimeOffset instant)
    {
        lock (_lock)
        {
            return _sittings.LastOrDefault(sitting => sitting.From <= instant).Person;
        }
    }

    /// <summary>The first trouble after an instant: its number, when it was, whether it was a full disk. Null: there was none any more.</summary>
    public (int Number, DateTimeOffset At, bool DiskFull)? TroubleAfter(DateTimeOffset instant)
    {
        lock (_lock)
        {
            var number = _troubles.FindIndex(trouble => trouble.At >= instant);
            return number < 0 ? null : (number, _troubles[number].At, _troubles[number].DiskFull);
        }
    }
}
