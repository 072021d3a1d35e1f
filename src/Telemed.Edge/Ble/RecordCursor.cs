namespace Telemed.Edge.Ble;

/// <summary>
/// How far a meter's memory has been read, by its record numbers, in one transfer. Pure. It moves while records come only as far as
/// none can be missing, because a link that breaks among records out of order must not skip those still to come; a gap that the
/// meter left by deleting is passed when the transfer is complete. <paramref name="readTo"/>: as it was left, null for nothing read.
/// </summary>
public sealed class RecordCursor(ushort? readTo)
{
    private readonly HashSet<ushort> _numbers = [];
    private ushort? _first;
    private int _unnumbered;

    /// <summary>Everything up to this record was taken; null: nothing is certain.</summary>
    public ushort? ReadTo { get; private set; } = readTo;

    /// <summary>Different records taken, with those of the last request whose number cannot be read.</summary>
    public int Count => _numbers.Count + _unnumbered;

    /// <summary>The record that came last.</summary>
    public ushort? Newest { get; private set; }

    /// <summary>Another request is made: what has no number would otherwise be counted twice.</summary>
    public void BeginRequest() => _unnumbered = 0;

    /// <summary>A record has come, null when its number cannot be read. Returns the new <see cref="ReadTo"/> when it has moved.</summary>
    public ushort? Take(ushort? record)
    {
        if (record is not { } number)
        {
            _unnumbered++;
            return null;
        }

        var before = ReadTo;
        Newest = number;
        _numbers.Add(number);

        // Where the memory begins is not known; two in a row show that it is told from its beginning.
        ReadTo ??= _first == number - 1 ? number : null;
        _first ??= number;
        while (ReadTo is < ushort.MaxValue && _numbers.Contains((ushort)(ReadTo.Value + 1)))
        {
            ReadTo++;
        }

        return ReadTo == before ? null : ReadTo;
    }

    /// <summary>The transfer is complete: everything up to the highest number was taken. Returns it when that is news.</summary>
    public ushort? Complete()
    {
        var before = ReadTo;
        ReadTo = _numbers.Count == 0 ? ReadTo : (ushort)Math.Max(_numbers.Max(), ReadTo ?? 0);
        return ReadTo == before ? null : ReadTo;
    }
}
