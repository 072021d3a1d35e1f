using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>The functions of libmosquitto 2.0 that are used here (its mosquitto.h), and two of the C library.</summary>
internal static unsafe partial class LibMosquitto
{
    public const int Success = 0;
    public const int ErrNoConnection = 4;
    public const int ErrPayloadSize = 9;
    public const int ErrErrno = 14;
    public const int ErrNameLookup = 15;
    public const int ErrQosNotSupported = 24;
    public const int ErrOversizePacket = 25;

    public const int OptProtocolVersion = 1;
    public const int OptTlsContext = 2;
    public const int OptTlsContextWithDefaults = 3;
    public const int OptReceiveMaximum = 4;
    public const int OptSendMaximum = 5;
    public const int OptTcpNoDelay = 11;

    public const int ProtocolVersion5 = 5;
    public const int PropertySessionExpiryInterval = 17;
    public const int PropertyTopicAliasMaximum = 34;
    public const int PropertyTopicAlias = 35;
    public const int LogWarning = 0x04;
    public const int LogError = 0x08;

    private const string Library = "libmosquitto.so.1";

    private static readonly Lazy<bool> Loaded =
        new(() => NativeLibrary.TryLoad(Library, out _) && mosquitto_lib_init() == Success);

    [LibraryImport(Library)]
    private static partial int mosquitto_lib_init();

    [LibraryImport(Library)]
    public static partial nint mosquitto_new(byte[] id, [MarshalAs(UnmanagedType.U1)] bool cleanStart, nint userData);

    [LibraryImport(Library)]
    public static partial void mosquitto_destroy(nint client);

    [LibraryImport(Library)]
    public static partial int mosquitto_void_option(ClientHandle client, int option, nint value);

    [LibraryImport(Library)]
    public static partial int mosquitto_int_option(ClientHandle client, int option, int value);

    [LibraryImport(Library)]
    public static partial int mosquitto_threaded_set(ClientHandle client, [MarshalAs(UnmanagedType.U1)] bool threaded);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_username_pw_set(ClientHandle client, string? userName, string? password);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_tls_set(
        ClientHandle client, string caFile, string? caPath, string? certificateFile, string? keyFile, nint passwordCallback);

    [LibraryImport(Library)]
    public static partial int mosquitto_will_set_v5(
        ClientHandle client, byte[] topic, int length, byte* payload, int qos, [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mosquitto_connect_bind_v5(
        ClientHandle client, string host, int port, int keepAlive, nint bindAddress, nint properties);

    [LibraryImport(Library)]
    public static partial int mosquitto_disconnect_v5(ClientHandle client, int reasonCode, nint properties);

    [LibraryImport(Library)]
    public static partial int mosquitto_publish_v5(
        ClientHandle client, out int messageId, byte[]? topic, int length, byte* payload, int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    [LibraryImport(Library)]
    public static partial int mosquitto_subscribe_v5(
        ClientHandle client, out int messageId, byte[] filter, int qos, int options, nint properties);

    [LibraryImport(Library)]
    public static partial int mosquitto_socket(ClientHandle client);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool mosquitto_want_write(ClientHandle client);

    [LibraryImport(Library)]
    public static partial int mosquitto_loop_read(ClientHandle client, int maximumPackets);

    [LibraryImport(Library)]
    public static partial int mosquitto_loop_write(ClientHandle client, int maximumPackets);

    [LibraryImport(Library)]
    public static partial int mosquitto_loop_misc(ClientHandle client);

    [LibraryImport(Library)]
    public static partial int mosquitto_property_add_int32(ref nint properties, int identifier, uint value);

    [LibraryImport(Library)]
    public static partial int mosquitto_property_add_int16(ref nint properties, int identifier, ushort value);

    [LibraryImport(Library)]
    public static partial nint mosquitto_property_read_int16(
        nint properties, int identifier, out ushort value, [MarshalAs(UnmanagedType.U1)] bool skipFirst);

    [LibraryImport(Library)]
    public static partial void mosquitto_property_free_all(ref nint properties);

    [LibraryImport(Library)]
    public static partial void mosquitto_log_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, byte*, void> callback);

    [LibraryImport(Library)]
    public static partial void mosquitto_connect_v5_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library)]
    public static partial void mosquitto_disconnect_v5_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);

    [LibraryImport(Library)]
    public static partial void mosquitto_publish_v5_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library)]
    public static partial void mosquitto_subscribe_v5_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, int*, nint, void> callback);

    [LibraryImport(Library)]
    public static partial void mosquitto_message_v5_callback_set(
        ClientHandle client, delegate* unmanaged[Cdecl]<nint, nint, NativeMessage*, nint, void> callback);

    [LibraryImport(Library)]
    private static partial nint mosquitto_strerror(int error);

    [LibraryImport(Library)]
    private static partial nint mosquitto_reason_string(int reasonCode);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int ShutDown(SafeFileHandle socket, int how);

    /// <summary>Says what to install when the library isn't there. To be called before anything else.</summary>
    public static void Require()
    {
        if (!Loaded.Value)
        {
            throw new DllNotFoundException($"{Library} cannot be loaded; on Debian: apt install libmosquitto1");
        }
    }

    /// <summary>A library error in words; errno when that is what it points to.</summary>
    public static string Describe(int error, int errno = 0) => error switch
    {
        ErrErrno when errno != 0 => Marshal.GetPInvokeErrorMessage(errno),
        ErrNameLookup => "the host name could not be resolved",
        _ => (Marshal.PtrToStringUTF8(mosquitto_strerror(error)) ?? $"error {error}").TrimEnd('.'),
    };

    /// <summary>An MQTT reason code in words.</summary>
    public static string DescribeReason(int reasonCode) =>
        $"{Marshal.PtrToStringUTF8(mosquitto_reason_string(reasonCode))} (0x{reasonCode:X2})";

    /// <summary>struct mosquitto_message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct NativeMessage
    {
        public int MessageId;
        public byte* Topic;
        public byte* Payload;
        public int PayloadLength;
        public int Qos;
        public byte Retain;
    }

    /// <summary>A struct mosquitto. Calls from other threads hold it, so it is destroyed only after the last of them.</summary>
    public sealed class ClientHandle : SafeHandle
    {
        public ClientHandle(nint client)
            : base(0, ownsHandle: true) => SetHandle(client);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            mosquitto_destroy(handle);
            return true;
        }
    }
}
