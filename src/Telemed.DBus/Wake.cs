using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Telemed.DBus;

/// <summary>An eventfd that ends a poll: any thread sets it, the thread that polls clears it.</summary>
internal sealed unsafe partial class Wake : IDisposable
{
    private const int CloseOnExecNonBlocking = 0x80800;
    private const short Readable = 1;
    private readonly int _fd;

    internal Wake()
    {
        _fd = eventfd(0, CloseOnExecNonBlocking);
        if (_fd < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "No eventfd for the D-Bus loop.");
        }
    }

    internal void Set()
    {
        ulong one = 1;
        _ = write(_fd, &one, sizeof(ulong));
    }

    /// <summary>Waits until set.</summary>
    internal void Wait() => Wait(-1, 0, -1);

    /// <summary>Waits until set, until one of <paramref name="events"/> is there on a descriptor, or for a time (-1 = for ever).</summary>
    internal void Wait(int fd, int events, int milliseconds)
    {
        var polled = stackalloc Polled[2];
        polled[0] = new Polled(_fd, Readable);
        polled[1] = new Polled(fd, (short)events);
        _ = poll(polled, 2, milliseconds);
        if ((polled[0].Returned & Readable) != 0)
        {
            ulong count;
            _ = read(_fd, &count, sizeof(ulong));
        }
    }

    /// <summary>Milliseconds, rounded up, from now to an instant of the monotonic clock in microseconds.</summary>
    internal static int MillisecondsUntil(ulong monotonicMicroseconds)
    {
        if (monotonicMicroseconds == ulong.MaxValue)
        {
            return -1;
        }

        var now = (long)(Stopwatch.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond);
        return (int)Math.Clamp(((long)monotonicMicroseconds - now + 999) / 1000, 0, int.MaxValue);
    }

    public void Dispose() => _ = close(_fd);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled(int fd, short events)
    {
        public int Fd = fd;
        public short Events = events;
        public short Returned = 0; // the kernel fills it in
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc")]
    private static partial int poll(Polled* polled, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial nint write(int fd, void* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial nint read(int fd, void* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
