using Telemed.Tests;

namespace Telemed.Chaos;

/// <summary>How a link behaves.</summary>
internal enum LinkMood
{
    /// <summary>As good as it gets.</summary>
    Good,

    /// <summary>64 kbit/s, 600 ms there and back, one segment in twenty lost.</summary>
    Slow,

    /// <summary>Connections stay up and nothing arrives.</summary>
    Stalled,

    /// <summary>No connection comes about, and none stays.</summary>
    Cut,
}

/// <summary>Moods for the simulated bad link between a gateway and its broker.</summary>
internal static class LinkMoods
{
    /// <summary>From now on the link is like this, whatever it was before.</summary>
    public static void Become(this BadLink link, LinkMood mood)
    {
        link.Restore();
        link.Clear();
        link.Weather = mood == LinkMood.Slow ? LinkWeather.Bad : LinkWeather.Good;
        if (mood == LinkMood.Stalled)
        {
            link.BlackHole();
        }
        else if (mood == LinkMood.Cut)
        {
            link.Cut();
        }
    }
}
