namespace Telemed.Edge.Uplink;

/// <summary>
/// What was handed over: so many bytes, when, and how many were under way then, these included. <paramref name="Since"/> is when the last answer
/// before it came (or when it was handed over itself, with nothing under way): answers that were held up come together, and would else
/// pass for a fast link.
/// </summary>
internal readonly record struct HandedOver(int Bytes, bool Urgent, TimeSpan At, int UnderWay, TimeSpan Since);

/// <summary>
/// How many bytes may be under way to the broker at once, found from how long its answers take: as many as keep the link busy and let what is
/// urgent wait about <see cref="Queue"/> behind them, on any link. Bytes under way over the time until they are answered are the link's rate; the window
/// is that rate times the shortest round trip and <see cref="Queue"/>, at most doubled or quartered in a round trip. The shortest is looked for
/// again now and then by letting what is under way run out, as a queue that never empties passes for distance. Pure: the time, since the
/// connection began, is given.
/// </summary>
internal sealed class LinkPace(int cap)
{
    /// <summary>Kept waiting at the narrowest place: as long as one retransmission lasts, so that it does not run dry.</summary>
    public static readonly TimeSpan Queue = TimeSpan.FromSeconds(1);

    /// <summary>What a message takes besides its payload: topic, packet and TLS record, and the answer's.</summary>
    public const int BytesAround = 80;

    private const int Floor = 1_024;
    private const int AtFirst = 4_096;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(10);

    private int _urgent;
    private int _others;
    private bool _runningOut;
    private TimeSpan _clearAt;
    private TimeSpan _answeredAt;
    private TimeSpan _roundBegan;
    private double _roundBest;
    private TimeSpan _bucketBegan;
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private TimeSpan _shortestBefore = TimeSpan.MaxValue;
    private TimeSpan _heardAt;
    private TimeSpan? _waitingSince;
    private TimeSpan _usual = TimeSpan.Zero;

    /// <summary>Bytes that may be under way; as many urgent ones besides.</summary>
    public int Window { get; private set; } = Math.Min(AtFirst, cap);

    /// <summary>Bytes that the broker has not answered.</summary>
    public int UnderWay => _urgent + _others;

    /// <summary>Whether more may be sent. Urgent bytes do not wait for others, and of the others some are always under way.</summary>
    public bool HasRoom(bool urgent) => urgent ? _urgent < Window : !_runningOut && (_others == 0 || UnderWay < Window);

    /// <summary>So many bytes were handed over.</summary>
    public HandedOver Sent(int bytes, bool urgent, TimeSpan now)
    {
        if (UnderWay == 0)
        {
            (_clearAt, _answeredAt) = (now, now);
        }

        _waitingSince ??= now;
        (_urgent, _others) = urgent ? (_urgent + bytes, _others) : (_urgent, _others + bytes);
        return new HandedOver(bytes, urgent, now, UnderWay, _answeredAt);
    }

    /// <summary>The broker has answered.</summary>
    public void Answered(HandedOver handed, TimeSpan now)
    {
        (_urgent, _others) = handed.Urgent ? (_urgent - handed.Bytes, _others) : (_urgent, _others - handed.Bytes);
        Heard(now);
        _answeredAt = now;
        _usual = Max(now - handed.At, TimeSpan.FromMilliseconds(1));
        TakeShortest(_usual, now);

        // Few bytes under way say nothing about a window that nothing pushes against.
        if (handed.UnderWay >= Window / 2)
        {
            var shortest = _shortest < _shortestBefore ? _shortest : _shortestBefore;
            _roundBest = Math.Max(_roundBest, handed.UnderWay * ((shortest + Queue) / Max(now - handed.Since, _usual)));
        }

        if (handed.At >= _roundBegan && _roundBest > 0)
        {
            Window = (int)Math.Clamp(Math.Clamp(_roundBest, Window / 4, Window * 2.0), Math.Min(Floor, cap), cap);
            (_roundBegan, _roundBest) = (now, 0);
        }

        if (_others == 0)
        {
            _runningOut = false;
        }
        else if (now - _clearAt > LookAgain)
        {
            _runningOut = true;
        }
    }

    /// <summary>Something came from the broker.</summary>
    public void Heard(TimeSpan now) => (_heardAt, _waitingSince) = (now, UnderWay > 0 ? now : null);

    /// <summary>
    /// When the link is to be given up unless something comes: the broker owes an answer and is silent for far longer than it usually takes.
    /// Null when it owes none.
    /// </summary>
    public TimeSpan? GiveUpAt => _waitingSince is { } since
        ? (since > _heardAt ? since : _heardAt) + LeastPatience + (_usual * 4)
        : null;

    private void TakeShortest(TimeSpan roundTrip, TimeSpan now)
    {
        if (now - _bucketBegan > Remembered)
        {
            (_shortestBefore, _shortest, _bucketBegan) = (_shortest, TimeSpan.MaxValue, now);
        }

        _shortest = roundTrip < _shortest ? roundTrip : _shortest;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
