namespace Telemed.DBus;

/// <summary>
/// A method call to us, answered once, perhaps much later. It keeps its message alive until then or until the bus is
/// lost, after which an answer goes nowhere. Loop thread only.
/// </summary>
internal sealed class IncomingCall : IDisposable
{
    private readonly Bus _bus;
    private nint _message;

    internal IncomingCall(Bus bus, nint message)
    {
        _bus = bus;
        _message = Native.sd_bus_message_ref(message);
        bus.Incoming.Add(this);
        Sender = Native.Text(Native.sd_bus_message_get_sender(message)) ?? "";
        Path = Native.Text(Native.sd_bus_message_get_path(message)) ?? "";
        Interface = Native.Text(Native.sd_bus_message_get_interface(message));
        Member = Native.Text(Native.sd_bus_message_get_member(message)) ?? "";
        Reader = new DBusReader(message);
    }

    internal string Sender { get; }

    internal string Path { get; }

    /// <summary>Null when the caller leaves it to us to find the interface that has the member.</summary>
    internal string? Interface { get; }

    internal string Member { get; }

    /// <summary>Reads the arguments, in order; usable until the answer.</summary>
    internal DBusReader Reader { get; }

    /// <summary>Answers with values. Throws ArgumentException when they do not fit; the call is then still unanswered.</summary>
    internal void Return(string signature, IReadOnlyList<object> values)
    {
        if (_message == 0)
        {
            return;
        }

        var result = Native.sd_bus_message_new_method_return(_message, out var reply);
        if (result < 0)
        {
            throw Bus.Failure(result, $"No reply to {Member}");
        }

        try
        {
            DBusWriter.Write(reply, signature, values);
            Send(reply);
        }
        finally
        {
            _ = Native.sd_bus_message_unref(reply);
        }
    }

    /// <summary>Answers with an error; one whose name is not valid becomes Failed.</summary>
    internal unsafe void Fail(string name, string text)
    {
        if (_message == 0)
        {
            return;
        }

        var valid = Names.IsInterface(name) ? name : DBusErrors.Failed;
        fixed (byte* nameBytes = System.Text.Encoding.UTF8.GetBytes(valid + '\0'))
        fixed (byte* textBytes = System.Text.Encoding.UTF8.GetBytes(text + '\0'))
        {
            var error = new Native.BusError { Name = (nint)nameBytes, Message = (nint)textBytes };
            var result = Native.sd_bus_message_new_method_error(_message, out var reply, error);
            if (result < 0)
            {
                throw Bus.Failure(result, $"No error reply to {Member}");
            }

            try
            {
                Send(reply);
            }
            finally
            {
                _ = Native.sd_bus_message_unref(reply);
            }
        }
    }

    /// <summary>Lets the message go, answered or not.</summary>
    public void Dispose()
    {
        if (_bus.Incoming.Remove(this))
        {
            _ = Native.sd_bus_message_unref(_message);
            _message = 0;
        }
    }

    private void Send(nint reply)
    {
        try
        {
            _bus.Send(reply, $"The reply to {Member}");
        }
        finally
        {
            Dispose();
        }
    }
}
