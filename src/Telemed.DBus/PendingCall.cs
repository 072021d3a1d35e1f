using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Telemed.DBus;

/// <summary>
/// A call on its way. Exactly one of reply, error reply, abandonment or loss of the bus ends it, tells <c>done</c> once
/// and frees its handle and its slot. Loop thread only.
/// </summary>
internal sealed unsafe class PendingCall
{
    private readonly Bus _bus;
    private readonly Action<object[], Exception?> _done;
    private GCHandle _self;
    private nint _slot;

    internal PendingCall(Bus bus, nint message, Action<object[], Exception?> done)
    {
        _bus = bus;
        _done = done;
        _self = GCHandle.Alloc(this);

        // Time limits are kept by the caller's clock, so sd-bus is told to wait for ever.
        var result = Native.sd_bus_call_async(bus.Handle, out _slot, message, &OnReply, GCHandle.ToIntPtr(_self), ulong.MaxValue);
        if (result < 0)
        {
            _self.Free();
            throw Bus.Failure(result, "A call cannot be sent");
        }

        bus.Pending.Add(this);
    }

    /// <summary>Ends the call with <paramref name="reason"/>; a reply that comes later is dropped. Nothing when it has ended.</summary>
    internal void Abandon(Exception reason)
    {
        if (Release())
        {
            _done([], reason);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnReply(nint message, nint data, nint error)
    {
        var call = (PendingCall)GCHandle.FromIntPtr(data).Target!;
        try
        {
            call.Finish(message);
        }
        catch (Exception e)
        {
            // It must not leave into native frames: that would end the process.
            call._bus.OnFault(e);
        }

        return 0;
    }

    private void Finish(nint message)
    {
        var (arguments, error) = Read(message);
        if (Release())
        {
            _done(arguments, error);
        }
    }

    private (object[] Arguments, Exception? Error) Read(nint message)
    {
        if (Native.sd_bus_message_is_method_error(message, 0) > 0)
        {
            // A bus that goes away is told to each call as an error reply, made up by sd-bus.
            var error = Native.sd_bus_message_get_error(message);
            return ([], Native.sd_bus_is_open(_bus.Handle) > 0
                ? new DBusException(Native.Text(error->Name) ?? DBusErrors.Failed, Native.Text(error->Message) ?? "")
                : Bus.Lost());
        }

        try
        {
            return (new DBusReader(message).ReadArguments(), null);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return ([], e);
        }
    }

    private bool Release()
    {
        if (!_bus.Pending.Remove(this))
        {
            return false;
        }

        _self.Free();
        _ = Native.sd_bus_slot_unref(_slot);
        return true;
    }
}
