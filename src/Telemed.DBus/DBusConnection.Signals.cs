namespace Telemed.DBus;

/// <summary>Hearing others' signals.</summary>
public sealed partial class DBusConnection
{
    private readonly List<Subscription> _subscriptions = [];
    private readonly Dictionary<string, FollowedName> _followed = new(StringComparer.Ordinal);

    /// <summary>
    /// Hands every signal that fits to <paramref name="handler"/>, in the order of the bus, until the result is disposed
    /// of; it survives reconnects. The handler runs on the loop thread: it must be quick and must not block or await.
    /// When this returns, the match is in place.
    /// </summary>
    public Task<IAsyncDisposable> SubscribeAsync(DBusMatch match, Action<DBusSignal> handler) => OnBus<IAsyncDisposable>((bus, done) =>
    {
        var subscription = new Subscription(this, match, handler);
        try
        {
            Follow(bus, match.NameToFollow);
            bus.Call(CallRequest.ToBus("AddMatch", "s", match.ToRule()), (_, error) => Added(subscription, error, done));
        }
        catch
        {
            Unfollow(match.NameToFollow);
            throw;
        }
    });

    private void Added(Subscription subscription, Exception? error, TaskCompletionSource<IAsyncDisposable> done)
    {
        if (error is not null)
        {
            Unfollow(subscription.Match.NameToFollow);
            done.TrySetException(error);
            return;
        }

        _subscriptions.Add(subscription);
        done.TrySetResult(subscription);
    }

    private async ValueTask RemoveAsync(Subscription subscription)
    {
        var removed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Remove()
        {
            if (_subscriptions.Remove(subscription))
            {
                RemoveMatch(subscription.Match);
                Unfollow(subscription.Match.NameToFollow);
            }

            removed.SetResult();
        }

        if (Post(Remove))
        {
            await removed.Task.ConfigureAwait(false);
        }
    }

    private void Deliver(DBusSignal signal)
    {
        if (signal is { Sender: "org.freedesktop.DBus", Member: "NameOwnerChanged", Arguments: [string name, string, string owner] }
            && _followed.TryGetValue(name, out var followed))
        {
            followed.Owner = owner;
        }

        foreach (var subscription in _subscriptions)
        {
            try
            {
                if (subscription.Match.FitsApartFromSender(signal) && IsFrom(subscription.Match.Sender, signal.Sender))
                {
                    subscription.Handle(signal);
                }
            }
            catch (Exception e)
            {
                Fault(e);
            }
        }
    }

    private bool IsFrom(string? wanted, string sender) =>
        wanted is null || wanted == sender || (_followed.TryGetValue(wanted, out var followed) && followed.Owner == sender);

    /// <summary>
    /// Signals carry their sender's unique name only. So for a match on a well-known name its owner is followed, else
    /// another's signal, sent to us for another match, would be taken for the owner's.
    /// </summary>
    private void Follow(Bus bus, string? name)
    {
        if (name is null)
        {
            return;
        }

        if (_followed.TryGetValue(name, out var followed))
        {
            followed.Users++;
            return;
        }

        _followed[name] = followed = new FollowedName(name) { Users = 1 };
        Ask(bus, followed, static () => { });
    }

    private void Unfollow(string? name)
    {
        if (name is not null && _followed.TryGetValue(name, out var followed) && --followed.Users == 0)
        {
            _followed.Remove(name);
            RemoveMatch(followed.Match);
        }
    }

    /// <summary>The match first, then the question: whatever changes after the answer is told.</summary>
    private void Ask(Bus bus, FollowedName followed, Action answered)
    {
        followed.Owner = ""; // on another daemon the same unique name is somebody else's
        bus.Call(CallRequest.ToBus("AddMatch", "s", followed.Match.ToRule()), (_, error) => FaultUnlessLost(error));
        bus.Call(CallRequest.ToBus("GetNameOwner", "s", followed.Name), (reply, error) =>
        {
            followed.Owner = error is null ? (string)reply[0] : "";
            if (error is not DBusException { Name: DBusErrors.NameHasNoOwner })
            {
                FaultUnlessLost(error);
            }

            if (error is not DBusDisconnectedException)
            {
                answered();
            }
        });
    }

    private void RemoveMatch(DBusMatch match) =>
        _live?.Call(CallRequest.ToBus("RemoveMatch", "s", match.ToRule()), (_, error) => FaultUnlessLost(error));

    private void FaultUnlessLost(Exception? error)
    {
        if (error is not null and not DBusDisconnectedException)
        {
            Fault(error);
        }
    }

    private IEnumerable<Action<Bus, Action>> RestoreMatches() =>
    [
        .. _followed.Values.Select<FollowedName, Action<Bus, Action>>(followed => (bus, restored) => Ask(bus, followed, restored)),
        .. _subscriptions.Select<Subscription, Action<Bus, Action>>(subscription => (bus, restored) =>
            bus.Call(CallRequest.ToBus("AddMatch", "s", subscription.Match.ToRule()), (_, error) =>
            {
                FaultUnlessLost(error);
                if (error is not DBusDisconnectedException)
                {
                    restored();
                }
            })),
    ];

    private sealed class FollowedName(string name)
    {
        public string Name { get; } = name;

        public string Owner { get; set; } = "";

        public int Users { get; set; }

        public DBusMatch Match { get; } =
            new("org.freedesktop.DBus", "/org/freedesktop/DBus", null, "org.freedesktop.DBus", "NameOwnerChanged", name);
    }

    private sealed class Subscription(DBusConnection connection, DBusMatch match, Action<DBusSignal> handler) : IAsyncDisposable
    {
        private volatile bool _disposed;

        public DBusMatch Match { get; } = match;

        public void Handle(DBusSignal signal)
        {
            if (!_disposed)
            {
                handler(signal);
            }
        }

        public ValueTask DisposeAsync()
        {
            _disposed = true; // at once, and for good when this is called by the handler itself
            return connection.RemoveAsync(this);
        }
    }
}
