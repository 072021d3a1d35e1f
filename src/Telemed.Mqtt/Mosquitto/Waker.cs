using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>
/// Waits for a socket or for another thread's call. The library's own loop waits with select(), which cannot take a socket
/// numbered 1024 or more: a service with thousands of viewers would lose its broker at the first reconnection.
/// </summary>
internal sealed unsafe partial class Waker : IDisposable
{
    private const short PollIn = 0x1;
    private const short PollOut = 0x4;
    private const int Again = 11;
    private const int NonBlockCloseOnExec = 0x800 | 0x80000;
    private readonly SafeFileHandle _event;

    public Waker()
    {
        var descriptor = eventfd(0, NonBlockCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException("eventfd: " + Marshal.GetLastPInvokeErrorMessage());
        }

        _event = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Ends the present or the next wait. Any thread; does nothing after the end.</summary>
    public void Wake()
    {
        try
        {
            ulong one = 1;
            _ = write(_event, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Whoever waited is gone; so is what he was to be woken for.
        }
    }

    /// <summary>A second descriptor of the same socket.</summary>
    public static SafeFileHandle Copy(int socket) => new(dup(socket), ownsHandle: true);

    /// <summary>When the socket last had something to read, by <see cref="Environment.TickCount64"/>; at first when this was made.</summary>
    public long HeardAt { get; private set; } = Environment.TickCount64;

    /// <summary>Returns when the socket can be read (or written, when asked for), when woken, or after the time.</summary>
    /// <returns>False when the time passed and nothing happened.</returns>
    public bool Wait(int socket, bool write, int milliseconds)
    {
        var watched = stackalloc Watched[2];
        watched[0] = new Watched { Descriptor = socket, Events = (short)(PollIn | (write ? PollOut : 0)) };
        watched[1] = new Watched { Descriptor = (int)_event.DangerousGetHandle(), Events = PollIn };
        var happened = poll(watched, 2, milliseconds);
        if (watched[1].Happened != 0)
        {
            ulong count;
            _ = read(_event, (byte*)&count, sizeof(ulong));
        }

        if ((watched[0].Happened & PollIn) != 0)
        {
            HeardAt = Environment.TickCount64;
        }

        return happened != 0;
    }

    /// <summary>Throws away what the socket has received. False when its other side has closed it, or after the time.</summary>
    public bool WaitForInput(SafeFileHandle socket, int milliseconds)
    {
        var waste = stackalloc byte[4096];
        return Wait((int)socket.DangerousGetHandle(), write: false, milliseconds)
            && (read(socket, waste, 4096) > 0 || Marshal.GetLastPInvokeError() == Again);
    }

    public void Dispose() => _event.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    private static partial nint write(SafeFileHandle descriptor, ulong* value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle descriptor, byte* buffer, nint size);

    [LibraryImport("libc")]
    private static partial int dup(int descriptor);

    [LibraryImport("libc")]
    private static partial int poll(Watched* watched, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Watched
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
