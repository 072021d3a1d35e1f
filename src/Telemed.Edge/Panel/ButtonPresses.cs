namespace Telemed.Edge.Panel;

/// <summary>What a person did with the button.</summary>
public enum Press
{
    /// <summary>Down and up again.</summary>
    Short,

    /// <summary>Held down for <see cref="ButtonPresses.Long"/> or longer. Told when that is over, not when the button comes up.</summary>
    Long,
}

/// <summary>
/// Makes presses of a button's changes. Pure: every time is given, by the clock of <see cref="ButtonEdge.At"/>. A button that is down
/// when it is first looked at counts only from its next press on, so that a jammed one calls nobody.
/// </summary>
public sealed class ButtonPresses
{
    /// <summary>From here on a press is long.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(3);

    /// <summary>What is shorter is no press but a bouncing contact or a disturbance on the wire.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(30);

    private TimeSpan? _downSince;

    /// <summary>When <see cref="At"/> has to be asked; null: not before the next change.</summary>
    public TimeSpan? Due => _downSince + Long;

    /// <summary>A change of the button. Gives the press that it completes, if any.</summary>
    public Press? Take(ButtonEdge edge)
    {
        if (edge.Pressed)
        {
            _downSince = edge.At;
            return null;
        }

        var length = edge.At - _downSince;
        _downSince = null;
        return length >= Long ? Press.Long : length >= Shortest ? Press.Short : null;
    }

    /// <summary>
    /// Time has passed. Gives the long press that is complete now, if any. <paramref name="stillDown"/>: the button's own word at
    /// this moment. When it is up although nobody said so, its wire was cut meanwhile, and the press is none.
    /// </summary>
    public Press? At(TimeSpan now, bool stillDown)
    {
        if (Due is not { } due || now < due)
        {
            return null;
        }

        _downSince = null;
        return stillDown ? Press.Long : null;
    }
}
