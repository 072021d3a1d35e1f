using System.Buffers.Binary;
using System.Text;

namespace Telemed.Chaos.Disk;

/// <summary>What becomes, at the cut, of the writes that no completed sync covers.</summary>
internal enum CutPolicy
{
    /// <summary>None of them reached the disk.</summary>
    Dropped,

    /// <summary>All of them did.</summary>
    Kept,

    /// <summary>Some did, in no order.</summary>
    Random,

    /// <summary>Of some, only some sectors.</summary>
    Torn,
}

/// <summary>
/// A folder as a disk would hold it after a power cut, rebuilt from the changes that the preloaded library wrote down. A file's octets are safe
/// when a sync of the file has completed after them; its name is safe when a sync of the folder has (POSIX promises no more). Everything else
/// is up to the <see cref="CutPolicy"/>.
/// </summary>
internal sealed class DiskJournal
{
    private const int HeadOctets = 24;
    private const int Sector = 512;

    // By name as the program sees them, and as the disk surely has them.
    private readonly Dictionary<string, Inode> _seen = [];
    private readonly Dictionary<string, Inode> _safe = [];
    private readonly List<Action<Dictionary<string, Inode>>> _names = [];

    private enum Kind
    {
        Create = 1,
        Write,
        Truncate,
        Sync,
        SyncFolder,
        Unlink,
        Rename,
        Link,
    }

    /// <summary>Writes of files that were not safe at the end of the journal.</summary>
    public int Unsafe => _seen.Values.Concat(_safe.Values).Distinct().Sum(inode => inode.Pending.Count);

    /// <summary>A folder in which everything is safe, and the changes made to it since. A record that is cut off at the end never happened.</summary>
    public static DiskJournal Read(string folder, string journal)
    {
        var disk = new DiskJournal();
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => !path.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var name = Path.GetFileName(path);
            disk._seen[name] = disk._safe[name] = new Inode { Content = File.ReadAllBytes(path) };
        }

        if (File.Exists(journal))
        {
            disk.Apply(File.ReadAllBytes(journal));
        }

        return disk;
    }

    /// <summary>Replaces what is in <paramref name="folder"/> by what the cut has left.</summary>
    public void Cut(string folder, CutPolicy policy, Random random)
    {
        // Names change in order, as a file system's own journal keeps them: some first part of the changes has happened.
        var names = policy switch
        {
            CutPolicy.Dropped => 0,
            CutPolicy.Kept => _names.Count,
            _ => random.Next(_names.Count + 1),
        };
        foreach (var change in _names.Take(names))
        {
            change(_safe);
        }

        var contents = _safe.Values.Distinct().ToDictionary(inode => inode, inode => inode.Cut(policy, random));
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            File.Delete(path);
        }

        foreach (var (name, inode) in _safe)
        {
            File.WriteAllBytes(Path.Combine(folder, name), contents[inode]);
        }
    }

    private void Apply(ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= HeadOctets)
        {
            var (kind, nameLength) = ((Kind)BinaryPrimitives.ReadInt32LittleEndian(octets), BinaryPrimitives.ReadInt32LittleEndian(octets[4..]));
            var (length, offset) = (BinaryPrimitives.ReadInt64LittleEndian(octets[8..]), BinaryPrimitives.ReadInt64LittleEndian(octets[16..]));
            if (octets.Length < HeadOctets + nameLength + length)
            {
                return;
            }

            var name = Encoding.UTF8.GetString(octets.Slice(HeadOctets, nameLength));
            Apply(kind, name, offset, octets.Slice(HeadOctets + nameLength, (int)length).ToArray());
            octets = octets[(HeadOctets + nameLength + (int)length)..];
        }
    }

    private void Apply(Kind kind, string name, long offset, byte[] content)
    {
        switch (kind)
        {
            case Kind.Create:
                var made = new Inode();
                Rename(names => names[name] = made);
                break;
            case Kind.Write:
                _seen[name].Pending.Add(new Change((int)offset, content));
                break;
            case Kind.Truncate:
                _seen[name].Pending.Add(new Change((int)offset, null));
                break;
            case Kind.Sync:
                _seen[name].Sync();
                break;
            case Kind.SyncFolder:
                _names.ForEach(change => change(_safe));
                _names.Clear();
                break;
            case Kind.Unlink:
                Rename(names => names.Remove(name));
                break;
            case Kind.Rename or Kind.Link:
                var (other, inode) = (Encoding.UTF8.GetString(content), _seen[name]);
                Rename(names =>
                {
                    names[other] = inode;
                    if (kind == Kind.Rename)
                    {
                        names.Remove(name);
                    }
                });
                break;
        }
    }

    private void Rename(Action<Dictionary<string, Inode>> change)
    {
        change(_seen);
        _names.Add(change);
    }

    /// <summary>A write at an offset, or, without content, a new length.</summary>
    private sealed record Change(int Offset, byte[]? Content);

    private sealed class Inode
    {
        public byte[] Content { get; set; } = [];

        public List<Change> Pending { get; } = [];

        public void Sync()
        {
            var content = new Growing(Content);
            Pending.ForEach(content.Apply);
            Content = content.ToArray();
            Pending.Clear();
        }

        public byte[] Cut(CutPolicy policy, Random random)
        {
            var content = new Growing(Content);
            foreach (var change in Pending)
            {
                var reached = policy switch
                {
                    CutPolicy.Dropped => false,
                    CutPolicy.Kept => true,
                    _ => random.Next(2) == 0,
                };
                if (!reached)
                {
                    continue;
                }

                if (policy == CutPolicy.Torn && change.Content is { } octets && random.Next(2) == 0)
                {
                    // The disk writes sectors; which of them it got to is its own affair.
                    for (var at = change.Offset; at < change.Offset + octets.Length;)
                    {
                        var end = Math.Min(change.Offset + octets.Length, ((at / Sector) + 1) * Sector);
                        if (random.Next(2) == 0)
                        {
                            content.Apply(new Change(at, octets[(at - change.Offset)..(end - change.Offset)]));
                        }

                        at = end;
                    }
                }
                else
                {
                    content.Apply(change);
                }
            }

            return content.ToArray();
        }
    }

    private sealed class Growing(byte[] content)
    {
        private byte[] _octets = [.. content];
        private int _length = content.Length;

        public void Apply(Change change)
        {
            var end = change.Content is { } octets ? change.Offset + octets.Length : change.Offset;
            if (end > _octets.Length)
            {
                Array.Resize(ref _octets, Math.Max(end, _octets.Length * 2));
            }

            if (change.Content is null)
            {
                // What lies beyond is not there any more, should the file grow again.
                Array.Clear(_octets, end, Math.Max(0, _length - end));
                _length = end;
            }
            else
            {
                change.Content.CopyTo(_octets, change.Offset);
                _length = Math.Max(_length, end);
            }
        }

        public byte[] ToArray() => _octets[.._length];
    }
}
