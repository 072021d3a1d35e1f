namespace Telemed.Edge.Outbox;

/// <summary>
/// A file beside the outbox that holds room on the disk and nothing else. When somebody else has filled the disk it is deleted, and the readings
/// of the next days have that room; it is made again when there is room for it once more.
/// </summary>
internal sealed class SpaceReserve(OutboxOptions options)
{
    /// <summary>Less than this on the disk, and the reserve is given up before anybody fails: the other rooms' files need room too.</summary>
    public const long Scarce = 1024 * 1024;

    private readonly string _path = options.Path + ".reserve";
    private readonly long _length = options.ReserveMegabytes * 1024L * 1024;
    private readonly DriveInfo _disk = new(Path.GetDirectoryName(Path.GetFullPath(options.Path))!);

    /// <summary>Octets that are free on the disk; null when the system does not tell.</summary>
    public long? Free()
    {
        try
        {
            return _disk.AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Gives the room back when there is next to none. False when it did not.</summary>
    public bool GiveUpWhenScarce() => Free() < Scarce && Release();

    /// <summary>Gives the room back to the disk. False when there was none to give.</summary>
    public bool Release()
    {
        if (!File.Exists(_path))
        {
            return false;
        }

        try
        {
            File.Delete(_path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Holds the room, as long as at least so much is free besides.</summary>
    public void Hold(long? free, long besides)
    {
        if (_length == 0 || free is null || free < _length + besides || File.Exists(_path))
        {
            return;
        }

        try
        {
            // Written out: a length alone would hold nothing, and not every file system keeps what is only allocated.
            using var file = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            var zeros = new byte[Math.Min(_length, 1024 * 1024)];
            for (long written = 0; written < _length; written += zeros.Length)
            {
                file.Write(zeros);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Release();
        }
    }
}
