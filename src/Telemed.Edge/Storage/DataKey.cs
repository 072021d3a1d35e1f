using System.Security.Cryptography;

namespace Telemed.Edge.Storage;

/// <summary>
/// The key under which this gateway seals names and identifiers of people at rest (AES-256-GCM): a copied database, a backup or a
/// thrown-away card's free pages show none of them. The key is a file of its own beside the databases, for its owner only.
/// </summary>
internal sealed class DataKey
{
    private const string FileName = "data.key";
    private const int KeyOctets = 32;
    private const int NonceOctets = 12;
    private const int TagOctets = 16;

    // The form of what is sealed: version, nonce, tag, ciphertext.
    private const byte Version = 1;
    private const int HeadOctets = 1 + NonceOctets + TagOctets;

    private readonly byte[] _key;

    private DataKey(byte[] key) => _key = key;

    /// <summary>
    /// The key of a folder; drawn when it has none. Throws <see cref="InvalidDataException"/> when the file is not a key: drawing another
    /// one would make what is sealed unreadable for good.
    /// </summary>
    public static DataKey Of(string folder)
    {
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            Draw(path);
        }

        var key = File.ReadAllBytes(path);
        return key.Length == KeyOctets ? new DataKey(key) : throw new InvalidDataException($"{path} holds {key.Length} octets; a key has {KeyOctets}.");
    }

    /// <summary>What only this key opens. <paramref name="place"/> binds it to where it belongs: elsewhere it does not open.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> place)
    {
        var result = new byte[HeadOctets + content.Length];
        result[0] = Version;
        var nonce = result.AsSpan(1, NonceOctets);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagOctets);
        cipher.Encrypt(nonce, content, result.AsSpan(HeadOctets), result.AsSpan(1 + NonceOctets, TagOctets), place);
        return result;
    }

    /// <summary>The content; null when it was sealed under another key or for another place, or was changed.</summary>
    public byte[]? Open(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> place)
    {
        if (octets.Length < HeadOctets || octets[0] != Version)
        {
            return null;
        }

        var content = new byte[octets.Length - HeadOctets];
        using var cipher = new AesGcm(_key, TagOctets);
        try
        {
            cipher.Decrypt(octets.Slice(1, NonceOctets), octets[HeadOctets..], octets.Slice(1 + NonceOctets, TagOctets), content, place);
            return content;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // Whole or not at all, and on the disk before anything is sealed under it: two openers at once agree on one key.
    private static void Draw(string path)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(RandomNumberGenerator.GetBytes(KeyOctets));
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
