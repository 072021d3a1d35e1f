using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>What the disk itself can do: the octets that one commit writes into SQLite's log, and a sync, into a file that has its room already.</summary>
internal sealed class DiskLimit : IDisposable
{
    private const int CommitOctets = 4120;
    private const int Places = 2000;

    private readonly SafeFileHandle _file;
    private readonly byte[] _octets = new byte[CommitOctets];
    private long _place;

    public DiskLimit(string path)
    {
        Random.Shared.NextBytes(_octets);
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        for (var i = 0; i < Places; i++)
        {
            RandomAccess.Write(_file, _octets, (long)i * CommitOctets);
        }

        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>Syncs a second.</summary>
    public double Measure(int times)
    {
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            RandomAccess.Write(_file, _octets, _place++ % Places * CommitOctets);
            if (SyncData(_file) != 0)
            {
                throw new IOException("The disk could not be synced.");
            }
        }

        return times / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    public void Dispose() => _file.Dispose();

    // The cheaper of the two calls: the framework's own flush, and SQLite as it is built for us, also write the file's times, which now and then costs a
    // second write.
    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int SyncData(SafeFileHandle file);
}
