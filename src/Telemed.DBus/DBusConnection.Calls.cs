namespace Telemed.DBus;

/// <summary>Calling others, owning names, sending signals.</summary>
public sealed partial class DBusConnection
{
    private const uint DoNotQueue = 4;
    private const uint PrimaryOwner = 1;
    private const uint AlreadyOwner = 4;
    private readonly HashSet<string> _names = [];

    /// <summary>
    /// Calls a method and returns the reply's arguments. <paramref name="arguments"/> must fit <paramref name="signature"/>
    /// (else ArgumentException) and not change until the call is sent. An error reply is a DBusException; no reply within
    /// <paramref name="timeout"/> (by default that of the options) a TimeoutException; the bus lost or away a
    /// DBusDisconnectedException. A call that timed out or was cancelled may still have been carried out.
    /// </summary>
    public Task<IReadOnlyList<object>> CallAsync(
        string destination, string path, string @interface, string member,
        string signature = "", IReadOnlyList<object>? arguments = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var limit = timeout ?? _options.CallTimeout;
        if (limit <= TimeSpan.Zero && limit != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), limit, "A time limit is more than zero.");
        }

        var request = new CallRequest(destination, path, @interface, member, signature, arguments);
        return cancellation.IsCancellationRequested
            ? Task.FromCanceled<IReadOnlyList<object>>(cancellation)
            : OnBus<IReadOnlyList<object>>((bus, done) => Begin(bus, request, limit, done, cancellation));
    }

    /// <summary>
    /// Becomes the owner of a well-known name, now and after each reconnect. Throws DBusException when another owns it
    /// (<see cref="DBusErrors.NameOwned"/>) or the bus's policy forbids it.
    /// </summary>
    public Task RequestNameAsync(string name) => OnBus<bool>((bus, done) => bus.Call(RequestName(name), (reply, error) =>
    {
        if ((error ?? Refusal(name, reply)) is { } refusal)
        {
            done.TrySetException(refusal);
            return;
        }

        _names.Add(name);
        done.TrySetResult(true);
    }));

    /// <summary>True when somebody on the bus owns the name now.</summary>
    public async Task<bool> NameHasOwnerAsync(string name)
    {
        var (destination, path, @interface, member, signature, arguments) = CallRequest.ToBus("NameHasOwner", "s", name);
        return (bool)(await CallAsync(destination, path, @interface, member, signature, arguments).ConfigureAwait(false))[0];
    }

    /// <summary>
    /// Sends a signal, in the order of the calls to this method. Throws ArgumentException when the arguments do not fit;
    /// they must not change afterwards. While disconnected nobody could hear it, and it is dropped.
    /// </summary>
    public void Emit(string path, string @interface, string member, string signature, params IReadOnlyList<object> arguments)
    {
        if (!Names.IsPath(path) || !Names.IsInterface(@interface) || !Names.IsMember(member))
        {
            throw new ArgumentException($"'{path}' '{@interface}.{member}' is not a path with the name of a signal.");
        }

        DBusWriter.Check(signature, arguments);
        Post(() => _up?.Emit(path, @interface, member, signature, arguments));
    }

    private static CallRequest RequestName(string name) => CallRequest.ToBus("RequestName", "su", name, DoNotQueue);

    private static DBusException? Refusal(string name, object[] reply) => reply is [PrimaryOwner or AlreadyOwner]
        ? null
        : new DBusException(DBusErrors.NameOwned, $"The name {name} is owned by another.");

    private void Begin(
        Bus bus, CallRequest request, TimeSpan limit, TaskCompletionSource<IReadOnlyList<object>> done, CancellationToken cancellation)
    {
        ITimer? timer = null;
        var registration = default(CancellationTokenRegistration);
        var call = bus.Call(request, (arguments, error) =>
        {
            timer?.Dispose();
            registration.Unregister();
            Finish(done, arguments, error);
        });

        if (limit != Timeout.InfiniteTimeSpan)
        {
            void TimeOut(object? state) => Post(() => call.Abandon(new TimeoutException($"No reply to {request} within {limit}.")));
            timer = _options.TimeProvider.CreateTimer(TimeOut, null, limit, Timeout.InfiniteTimeSpan);
        }

        registration = cancellation.UnsafeRegister(_ => Post(() => call.Abandon(new OperationCanceledException(cancellation))), null);
    }

    private static void Finish(TaskCompletionSource<IReadOnlyList<object>> done, object[] arguments, Exception? error)
    {
        if (error is OperationCanceledException cancelled)
        {
            done.TrySetCanceled(cancelled.CancellationToken);
        }
        else if (error is not null)
        {
            done.TrySetException(error);
        }
        else
        {
            done.TrySetResult(arguments);
        }
    }

    private IEnumerable<Action<Bus, Action>> RestoreNames() => _names.Select<string, Action<Bus, Action>>(name => (bus, restored) =>
        bus.Call(RequestName(name), (reply, error) =>
        {
            if (error is DBusDisconnectedException)
            {
                return;
            }

            if ((error ?? Refusal(name, reply)) is { } refusal)
            {
                Fault(refusal);
            }

            restored();
        }));
}
