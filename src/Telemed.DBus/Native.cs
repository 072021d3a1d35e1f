using System.Runtime.InteropServices;

namespace Telemed.DBus;

/// <summary>
/// The part of libsystemd's sd-bus that is used here, under its own names (sd-bus(3)). No variadic function is among
/// them: those cannot be called through P/Invoke on arm64. A negative result is an errno.
/// </summary>
internal static unsafe partial class Native
{
    private const string Systemd = "libsystemd.so.0";

    /// <summary>sd_bus_error: the strings belong to the message or to whoever filled it in.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BusError
    {
        public nint Name;
        public nint Message;
        public int NeedFree;
    }

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_new(out nint bus);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_set_address(nint bus, string address);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_set_bus_client(nint bus, int yes);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_set_exit_on_disconnect(nint bus, int yes);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_start(nint bus);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_is_ready(nint bus);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_is_open(nint bus);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_get_unique_name(nint bus, out nint name);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_process(nint bus, nint* message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_get_fd(nint bus);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_get_events(nint bus);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_get_timeout(nint bus, out ulong microseconds);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_close_unref(nint bus);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_slot_unref(nint slot);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_add_filter(
        nint bus, out nint slot, delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback, nint data);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_call_async(
        nint bus, out nint slot, nint message, delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback, nint data, ulong microseconds);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_send(nint bus, nint message, nint cookie);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_message_new_method_call(
        nint bus, out nint message, string destination, string path, string @interface, string member);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_message_new_signal(nint bus, out nint message, string path, string @interface, string member);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_new_method_return(nint call, out nint message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_new_method_error(nint call, out nint message, in BusError error);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_ref(nint message);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_unref(nint message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_get_type(nint message, out byte type);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_get_sender(nint message);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_get_path(nint message);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_get_interface(nint message);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_get_member(nint message);

    [LibraryImport(Systemd)]
    internal static partial nint sd_bus_message_get_signature(nint message, int complete);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_is_method_error(nint message, nint name);

    [LibraryImport(Systemd)]
    internal static partial BusError* sd_bus_message_get_error(nint message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_read_basic(nint message, byte type, void* value);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_read_array(nint message, byte type, out void* values, out nuint bytes);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_append_basic(nint message, byte type, void* value);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_append_array(nint message, byte type, void* values, nuint bytes);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_enter_container(nint message, byte type, ReadOnlySpan<byte> contents);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_exit_container(nint message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_open_container(nint message, byte type, ReadOnlySpan<byte> contents);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_close_container(nint message);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_at_end(nint message, int complete);

    [LibraryImport(Systemd)]
    internal static partial int sd_bus_message_peek_type(nint message, out byte type, out nint contents);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_object_path_is_valid(string path);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_interface_name_is_valid(string name);

    [LibraryImport(Systemd, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_member_name_is_valid(string name);

    /// <summary>A string that belongs to sd-bus, copied; null for a null pointer.</summary>
    internal static string? Text(nint text) => Marshal.PtrToStringUTF8(text);

    /// <summary>What an errno means, in words.</summary>
    internal static string Reason(int result) => Marshal.GetPInvokeErrorMessage(-result);
}
