using System.Text.Json;
using Telemed.Cloud.Live;

namespace Telemed.Cloud.Calls;

/// <summary>The two ends of a call: the specialist offers, the unit (or the patient at home) answers.</summary>
internal enum CallSide
{
    /// <summary>The specialist.</summary>
    Specialist,

    /// <summary>The asking unit, or the patient at home.</summary>
    Unit,
}

/// <summary>
/// Who is in the call of which teleconsult, and what they tell each other to meet (session descriptions and candidates). Pictures and voices
/// go between the browsers and never through here, and nothing of it is kept. Whoever takes a side last has it: a page opened on another
/// device ends the earlier one's call.
/// </summary>
internal sealed class CallRooms(IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid Teleconsult, CallSide Side), Seat> _seats = [];
    private readonly List<CancellationTokenRegistration> _stopping = [];

    /// <summary>
    /// Takes a side. <paramref name="key"/> names the page: the same page that comes back after its line was cut is no newcomer, and the call
    /// goes on. What the other side tells comes through the watcher; dispose it to leave.
    /// </summary>
    public (Watcher Watcher, LiveOpening Opening) Join(Guid teleconsult, CallSide side, string key)
    {
        var place = (teleconsult, side);
        Seat? before;
        var seat = new Seat(key, new Watcher(teleconsult, watcher => Leave(place, watcher)));
        Seat? other;
        lock (_lock)
        {
            if (_stopping.Count == 0)
            {
                _stopping.Add(lifetime.ApplicationStopping.Register(CloseAll));
            }

            before = _seats.GetValueOrDefault(place);
            other = _seats.GetValueOrDefault(OtherOf(place));
            _seats[place] = seat;
            other?.Watcher.Offer([LiveFrame.Call(new { peer = key })]);
        }

        before?.Watcher.Close(before.Key == key ? LiveClosing.Interrupted : LiveClosing.Elsewhere);
        return (seat.Watcher, new LiveOpening([LiveFrame.Call(new { peer = other?.Key })], 0, false));
    }

    /// <summary>Tells the other side; false when this page has not (or no longer) that side. To nobody there it is told in vain, and that is no fault.</summary>
    public bool Tell(Guid teleconsult, CallSide side, string key, JsonElement signal)
    {
        lock (_lock)
        {
            if (_seats.GetValueOrDefault((teleconsult, side))?.Key != key)
            {
                return false;
            }

            _seats.GetValueOrDefault(OtherOf((teleconsult, side)))?.Watcher.Offer([LiveFrame.Call(new { from = key, signal })]);
            return true;
        }
    }

    /// <summary>Ends the call: the teleconsult has ended.</summary>
    public void Close(Guid teleconsult) => Close(place => place.Teleconsult == teleconsult, LiveClosing.Ended);

    /// <summary>Whether somebody is there on that side.</summary>
    public bool IsThere(Guid teleconsult, CallSide side)
    {
        lock (_lock)
        {
            return _seats.ContainsKey((teleconsult, side));
        }
    }

    public void Dispose() => _stopping.ForEach(each => each.Dispose());

    private void CloseAll() => Close(_ => true, LiveClosing.ShuttingDown);

    private void Close(Func<(Guid Teleconsult, CallSide Side), bool> which, string reason)
    {
        Watcher[] watchers;
        lock (_lock)
        {
            watchers = [.. _seats.Where(each => which(each.Key)).Select(each => each.Value.Watcher)];
        }

        foreach (var watcher in watchers)
        {
            watcher.Close(reason);
        }
    }

    private void Leave((Guid Teleconsult, CallSide Side) place, Watcher watcher)
    {
        lock (_lock)
        {
            if (_seats.GetValueOrDefault(place)?.Watcher == watcher)
            {
                _seats.Remove(place);
                _seats.GetValueOrDefault(OtherOf(place))?.Watcher.Offer([LiveFrame.Call(new { peer = (string?)null })]);
            }
        }
    }

    private static (Guid, CallSide) OtherOf((Guid Teleconsult, CallSide Side) place) =>
        (place.Teleconsult, place.Side == CallSide.Unit ? CallSide.Specialist : CallSide.Unit);

    private sealed record Seat(string Key, Watcher Watcher);
}
