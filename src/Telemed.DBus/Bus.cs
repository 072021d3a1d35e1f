using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Telemed.DBus;

/// <summary>
/// One sd-bus connection from its opening to its loss; a connection that comes back is another one. Everything but the
/// constructor's arguments belongs to the loop thread.
/// </summary>
internal sealed unsafe class Bus : IDisposable
{
    private const string SystemAddress = "unix:path=/run/dbus/system_bus_socket";
    private const int PollOut = 4;
    private const byte MethodCall = 1;
    private const byte Signal = 4;
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(1);

    private readonly Action<DBusSignal> _onSignal;
    private readonly Func<IncomingCall, bool> _onCall;
    private GCHandle _self;
    private nint _filter;

    /// <summary>Begins to connect. Throws DBusDisconnectedException when nothing listens, ArgumentException for a bad address.</summary>
    internal Bus(string address, Action<DBusSignal> onSignal, Func<IncomingCall, bool> onCall, Action<Exception> onFault)
    {
        (_onSignal, _onCall, OnFault) = (onSignal, onCall, onFault);
        var path = address is "system" ? Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS") ?? SystemAddress : address;
        Check(Native.sd_bus_new(out var bus), "No sd-bus connection");
        Handle = bus;
        try
        {
            _self = GCHandle.Alloc(this);
            Check(Native.sd_bus_set_address(bus, path), $"The D-Bus address '{address}' was refused");
            Check(Native.sd_bus_set_bus_client(bus, 1), "Not a bus client");
            Check(Native.sd_bus_set_exit_on_disconnect(bus, 0), "A loss cannot be survived");
            Check(Native.sd_bus_add_filter(bus, out _filter, &OnMessage, GCHandle.ToIntPtr(_self)), "No filter");
            Start(bus, path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal nint Handle { get; private set; }

    /// <summary>Calls made and not ended; each holds a handle and a slot.</summary>
    internal HashSet<PendingCall> Pending { get; } = [];

    /// <summary>Calls received and not answered; each holds a message.</summary>
    internal HashSet<IncomingCall> Incoming { get; } = [];

    internal Action<Exception> OnFault { get; }

    /// <summary>True when the bus has said hello, and names and calls can be used.</summary>
    internal bool IsReady => Native.sd_bus_is_ready(Handle) > 0;

    internal string UniqueName
    {
        get
        {
            Check(Native.sd_bus_get_unique_name(Handle, out var name), "No unique name");
            return Native.Text(name)!;
        }
    }

    internal static DBusDisconnectedException Lost() => new("The connection to the D-Bus daemon was lost.");

    internal static ArgumentException NoAddress(string address) =>
        new($"'{address}' is not a D-Bus address; 'system' and addresses such as 'unix:path=/run/bus' are allowed.");

    internal static Exception Failure(int result, string what) => result switch
    {
        -22 => new ArgumentException($"{what}: not valid."),
        -107 or -104 or -32 => Lost(), // ENOTCONN, ECONNRESET, EPIPE
        _ => new IOException($"{what}: {Native.Reason(result)}"),
    };

    /// <summary>Does one piece of work; false when there is none. Throws DBusDisconnectedException when the bus is gone.</summary>
    internal bool Process() => Native.sd_bus_process(Handle, null) switch
    {
        < 0 and var result => throw new DBusDisconnectedException($"The connection to the D-Bus daemon was lost: {Native.Reason(result)}"),
        var result => result > 0,
    };

    /// <summary>Waits until there is work or <paramref name="wake"/> is set.</summary>
    internal void Wait(Wake wake)
    {
        var due = Native.sd_bus_get_timeout(Handle, out var microseconds) < 0 ? ulong.MaxValue : microseconds;
        wake.Wait(Native.sd_bus_get_fd(Handle), Native.sd_bus_get_events(Handle), Wake.MillisecondsUntil(due));
    }

    /// <summary>Sends a call. Throws ArgumentException when the arguments do not fit.</summary>
    internal PendingCall Call(CallRequest request, Action<object[], Exception?> done)
    {
        Check(
            Native.sd_bus_message_new_method_call(Handle, out var message, request.Destination, request.Path, request.Interface, request.Member),
            $"The call {request}");
        try
        {
            DBusWriter.Write(message, request.Signature, request.Arguments ?? []);
            return new PendingCall(this, message, done);
        }
        finally
        {
            _ = Native.sd_bus_message_unref(message);
        }
    }

    internal void Emit(string path, string @interface, string member, string signature, IReadOnlyList<object> arguments)
    {
        Check(Native.sd_bus_message_new_signal(Handle, out var message, path, @interface, member), $"The signal {@interface}.{member} of {path}");
        try
        {
            DBusWriter.Write(message, signature, arguments);
            Send(message, $"The signal {@interface}.{member} of {path}");
        }
        finally
        {
            _ = Native.sd_bus_message_unref(message);
        }
    }

    /// <summary>Sends a signal or a reply. Into a bus that is just going it vanishes: Process is about to tell the loss.</summary>
    internal void Send(nint message, string what)
    {
        var result = Native.sd_bus_send(Handle, message, 0);
        if (result < 0 && Failure(result, what) is not DBusDisconnectedException and var failure)
        {
            throw failure;
        }
    }

    /// <summary>Lets what was sent leave the process, for a limited time: a daemon that hangs must not hold us.</summary>
    internal void Flush(Wake wake)
    {
        var begun = Stopwatch.GetTimestamp();
        while ((Native.sd_bus_get_events(Handle) & PollOut) != 0 && Stopwatch.GetElapsedTime(begun) < LongestFlush)
        {
            if (!Process())
            {
                wake.Wait(Native.sd_bus_get_fd(Handle), PollOut, 10);
            }
        }
    }

    /// <summary>Closes; every pending call ends with DBusDisconnectedException.</summary>
    public void Dispose()
    {
        foreach (var call in Pending.ToArray())
        {
            call.Abandon(Lost());
        }

        foreach (var call in Incoming.ToArray())
        {
            call.Dispose();
        }

        _ = Native.sd_bus_slot_unref(_filter);
        _ = Native.sd_bus_close_unref(Handle);
        Handle = 0;
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnMessage(nint message, nint data, nint error)
    {
        var bus = (Bus)GCHandle.FromIntPtr(data).Target!;
        try
        {
            return bus.Receive(message) ? 1 : 0;
        }
        catch (Exception e)
        {
            // It must not leave into native frames: that would end the process.
            bus.OnFault(e);
            return 0;
        }
    }

    private static void Start(nint bus, string address)
    {
        var result = Native.sd_bus_start(bus);
        if (result < 0)
        {
            throw result is -22
                ? NoAddress(address)
                : new DBusDisconnectedException($"No D-Bus daemon at {address}: {Native.Reason(result)}");
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw Failure(result, what);
        }
    }

    private bool Receive(nint message)
    {
        Check(Native.sd_bus_message_get_type(message, out var type), "A message has no type");
        if (type == Signal)
        {
            ReceiveSignal(message);
            return false;
        }

        return type == MethodCall && _onCall(new IncomingCall(this, message));
    }

    private void ReceiveSignal(nint message)
    {
        var @interface = Native.Text(Native.sd_bus_message_get_interface(message)) ?? "";
        if (@interface is "org.freedesktop.DBus.Local")
        {
            return; // made up by sd-bus when the connection ends; Process tells that
        }

        _onSignal(new DBusSignal(
            Native.Text(Native.sd_bus_message_get_sender(message)) ?? "",
            Native.Text(Native.sd_bus_message_get_path(message)) ?? "",
            @interface,
            Native.Text(Native.sd_bus_message_get_member(message)) ?? "",
            new DBusReader(message).ReadArguments()));
    }
}
