using Telemed.Vitals.Carried;

namespace Telemed;

/// <summary>The key for files carried by hand, in a PEM file for its owner only.</summary>
internal static class CarriedKeyFile
{
    /// <summary>
    /// The key; drawn when the file is not there. Throws <see cref="InvalidDataException"/> when it holds something else: drawing another would
    /// make what others have sealed for it unreadable.
    /// </summary>
    public static CarriedKey Of(string path)
    {
        if (!File.Exists(path))
        {
            Draw(path);
        }

        return CarriedKey.FromPem(File.ReadAllText(path))
            ?? throw new InvalidDataException($"{path} is no PEM file with a private key of the curve P-256.");
    }

    // Whole or not at all: two openers at once agree on one key.
    private static void Draw(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(CarriedKey.DrawPem()));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
