namespace Telemed.Edge.Outbox;

/// <summary>The gateway's folder cannot be written; the message is for the person who looks after the box: which folder, why, and what to do.</summary>
internal sealed class FolderNotWritableException(string message, Exception inner) : IOException(message, inner);

/// <summary>
/// The room that the databases need to be opened at all. A gateway that runs gives up its reserve when somebody else has filled the disk; one that
/// starts has to do so before anything opens a file.
/// </summary>
internal static class StartingRoom
{
    // Their logs, and what their readers share.
    private const int Octets = 256 * 1024;

    /// <summary>
    /// Makes sure that <paramref name="folder"/> can be written, at the cost of the reserve where it must be. Throws
    /// <see cref="FolderNotWritableException"/> when it cannot.
    /// </summary>
    public static void Secure(OutboxOptions options, string folder)
    {
        folder = Path.GetFullPath(folder);
        var reserve = new SpaceReserve(options);
        reserve.GiveUpWhenScarce();
        if (TryWrite(folder) is { } failure && (!reserve.Release() || TryWrite(folder) is not null))
        {
            throw new FolderNotWritableException(
                $"Gateway:Data is '{folder}', which cannot be written: {failure.Message} {(reserve.Free() ?? 0) / 1024} kB are free. "
                + "Make room on that disk, or give the gateway's account the right to write; never delete outbox.db, it holds what the cloud does not have.",
                failure);
        }
    }

    private static Exception? TryWrite(string folder)
    {
        var path = Path.Combine(folder, ".room");
        try
        {
            Directory.CreateDirectory(folder);
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
            });
            file.Write(new byte[Octets]);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
