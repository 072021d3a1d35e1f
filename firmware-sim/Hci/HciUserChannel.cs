using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// The kernel's HCI user channel: an adapter that is switched off and that one process takes for itself, past the kernel's own
/// Bluetooth stack. Needs CAP_NET_ADMIN.
/// </summary>
internal static class HciUserChannel
{
    // From the kernel's <net/bluetooth/bluetooth.h> and <net/bluetooth/hci_sock.h>.
    private const int AddressFamilyBluetooth = 31;
    private const int SocketRaw = 3;
    private const int CloseOnExec = 0x80000;
    private const int ProtocolHci = 1;
    private const ushort ChannelUser = 1;

    /// <summary>The N of "hciN"; null for anything else.</summary>
    public static ushort? TryParse(string name) =>
        name.StartsWith("hci", StringComparison.Ordinal)
        && ushort.TryParse(name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Takes the adapter.</summary>
    public static Stream Open(ushort adapter)
    {
        var handle = new SafeFileHandle(Socket(AddressFamilyBluetooth, SocketRaw | CloseOnExec, ProtocolHci), ownsHandle: true);
        var address = new Address { Family = AddressFamilyBluetooth, Device = adapter, Channel = ChannelUser };
        if (handle.IsInvalid || Bind((int)handle.DangerousGetHandle(), address, Marshal.SizeOf<Address>()) != 0)
        {
            var why = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new IOException($"hci{adapter}: {why}. It must be there and switched off, and this process needs CAP_NET_ADMIN.");
        }

        // Unbuffered: each write is a packet.
        return new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
    }

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Socket(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "bind", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Bind(int socket, in Address address, int length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Address
    {
        public ushort Family;
        public ushort Device;
        public ushort Channel;
    }
}
