using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Telemed.Chaos.Disk;

/// <summary>
/// The preloaded library (disk.c) of one program: its environment, and the control file by which it is told what to do while it runs. Nothing is
/// done before something is asked for.
/// </summary>
internal sealed class DiskShim : IDisposable
{
    private const int ControlSize = 4096;
    private static readonly Lazy<string> Library = new(Compile);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _control;

    /// <summary>For the files of <paramref name="folder"/>; its own two lie in <paramref name="own"/>.</summary>
    public DiskShim(string folder, string own, bool journals)
    {
        Directory.CreateDirectory(own);
        var control = Path.Combine(own, "control");
        _file = MemoryMappedFile.CreateFromFile(control, FileMode.OpenOrCreate, null, ControlSize);
        _control = _file.CreateViewAccessor();
        Journal = Path.Combine(own, "journal");
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library.Value,
            ["CHAOS_DISK"] = Path.GetFullPath(folder),
            ["CHAOS_CONTROL"] = control,
        };
        if (journals)
        {
            Environment["CHAOS_JOURNAL"] = Journal;
        }
    }

    /// <summary>What the program is to be started with.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Where every change of the folder is written down.</summary>
    public string Journal { get; }

    /// <summary>What the program's wall clock is off by.</summary>
    public TimeSpan ClockOffset
    {
        get => TimeSpan.FromMilliseconds(_control.ReadInt64(0));
        set => _control.Write(0, (long)value.TotalMilliseconds);
    }

    /// <summary>No file may grow: ENOSPC.</summary>
    public bool Full
    {
        set => _control.Write(8, value ? 1L : 0L);
    }

    /// <summary>The disk lies: a sync says that it has worked, and nothing was synced.</summary>
    public bool IgnoresSyncs
    {
        set => _control.Write(16, value ? 1L : 0L);
    }

    /// <summary>The process dies at the n-th thing of a kind from now on; 0: at none.</summary>
    public void KillAt(DiskPoint point, int nth) => _control.Write(24 + (8 * (int)point), (long)nth);

    /// <summary>Forgets what has been asked for, but for the clock.</summary>
    public void Reset()
    {
        for (var at = 8; at <= 40; at += 8)
        {
            _control.Write(at, 0L);
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        _file.Dispose();
    }

    // Beside the program, as built from the source that is embedded in it.
    private static string Compile()
    {
        var library = Path.Combine(AppContext.BaseDirectory, $"disk-{System.Environment.ProcessId}.so");
        using var gcc = new Process
        {
            StartInfo = new ProcessStartInfo("gcc", ["-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl", "-lpthread"])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            },
        };
        gcc.Start();
        using (var source = typeof(DiskShim).Assembly.GetManifestResourceStream("disk.c")!)
        {
            source.CopyTo(gcc.StandardInput.BaseStream);
            gcc.StandardInput.Close();
        }

        var errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        if (gcc.ExitCode != 0)
        {
            throw new InvalidOperationException("gcc could not build the disk's library: " + errors);
        }

        var final = Path.Combine(AppContext.BaseDirectory, "disk.so");
        File.Move(library, final, overwrite: true);
        return final;
    }
}

/// <summary>Where in a commit the process dies; the numbers are the control file's order.</summary>
internal enum DiskPoint
{
    /// <summary>In the middle of a write, which is torn.</summary>
    Write,

    /// <summary>Everything is written; before the sync.</summary>
    BeforeSync,

    /// <summary>After the sync, before the program knows.</summary>
    AfterSync,
}
