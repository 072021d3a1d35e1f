namespace Telemed.Edge.Panel;

/// <summary>What the light says; the later in this list, the more it matters: the last that is true is shown.</summary>
public enum PanelSignal
{
    /// <summary>Everything measured is in the record: steady light.</summary>
    Sent,

    /// <summary>Readings wait to be sent: slow blinking, as long on as off.</summary>
    Waiting,

    /// <summary>The box cannot do its work and a person has to look: a short flash every three seconds.</summary>
    Fault,

    /// <summary>A meter is being paired: fast blinking.</summary>
    Pairing,

    /// <summary>Help was asked for: two flashes, again and again.</summary>
    HelpAsked,
}

/// <summary>On and off by turns, beginning with on; once, or over and over.</summary>
public sealed class Rhythm
{
    private readonly TimeSpan[] _turns;
    private readonly TimeSpan _length;
    private readonly bool _repeats;

    private Rhythm(bool repeats, params int[] milliseconds)
    {
        _turns = [.. milliseconds.Select(turn => TimeSpan.FromMilliseconds(turn))];
        (_length, _repeats) = (TimeSpan.FromMilliseconds(milliseconds.Sum()), repeats);
    }

    /// <summary>The sounder: the press was understood.</summary>
    public static Rhythm Understood { get; } = new(false, 100);

    /// <summary>The sounder: help is being asked for; the button can be let go.</summary>
    public static Rhythm HelpTaken { get; } = new(false, 600);

    /// <summary>The sounder: it is done (the meter is paired, the call for help has arrived).</summary>
    public static Rhythm Done { get; } = new(false, 150, 100, 150, 100, 150);

    /// <summary>The sounder: a specialist asks for a measurement; it stands on the page.</summary>
    public static Rhythm Asked { get; } = new(false, 300, 150, 300);

    /// <summary>The sounder: it did not work.</summary>
    public static Rhythm NotDone { get; } = new(false, 1000, 300, 1000);

    /// <summary>The sounder: nothing.</summary>
    public static Rhythm Silence { get; } = new(false);

    // Told apart by rhythm alone, also by who cannot tell colours; dark altogether means that the box has no power.
    private static readonly Rhythm Steady = new(true, 1);
    private static readonly Rhythm Slow = new(true, 1000, 1000);
    private static readonly Rhythm Fast = new(true, 125, 125);
    private static readonly Rhythm Double = new(true, 150, 150, 150, 1050);
    private static readonly Rhythm Rare = new(true, 100, 2900);

    /// <summary>The light's for a signal.</summary>
    public static Rhythm Of(PanelSignal signal) => signal switch
    {
        PanelSignal.Sent => Steady,
        PanelSignal.Waiting => Slow,
        PanelSignal.Pairing => Fast,
        PanelSignal.HelpAsked => Double,
        _ => Rare,
    };

    /// <summary>Whether it is on, so long after it began, and how long that stays so; null: for good.</summary>
    public (bool On, TimeSpan? Left) After(TimeSpan elapsed)
    {
        if (_turns.Length < 2 && _repeats)
        {
            return (true, null);
        }

        if (!_repeats && elapsed >= _length)
        {
            return (false, null);
        }

        var into = TimeSpan.FromTicks(elapsed.Ticks % _length.Ticks);
        for (var turn = 0; ; turn++)
        {
            if (into < _turns[turn])
            {
                return (turn % 2 == 0, _turns[turn] - into);
            }

            into -= _turns[turn];
        }
    }
}
