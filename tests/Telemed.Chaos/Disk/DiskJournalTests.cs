using System.Text;

namespace Telemed.Chaos.Disk;

public sealed class DiskJournalTests : IDisposable
{
    private const int Create = 1, Write = 2, Truncate = 3, Sync = 4, SyncFolder = 5, Unlink = 6, Rename = 7;

    private readonly string _root = Directory.CreateTempSubdirectory("telemed-disk-").FullName;
    private readonly MemoryStream _journal = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(nameof(CutPolicy.Dropped), "before")]
    [InlineData(nameof(CutPolicy.Kept), "beyond")]
    public void A_write_after_the_last_sync_is_at_the_mercy_of_the_cut(string policy, string expected)
    {
        Note(Create, "a");
        Note(SyncFolder, "");
        Note(Write, "a", 0, "before");
        Note(Sync, "a");
        Note(Write, "a", 3, "ond");
        Note(Write, "a", 2, "y");

        After(policy)["a"].ShouldBe(expected);
    }

    [Fact]
    public void A_name_is_safe_only_once_its_folder_was_synced()
    {
        Note(Create, "kept");
        Note(SyncFolder, "");
        Note(Write, "kept", 0, "x");
        Note(Sync, "kept");
        Note(Create, "gone");
        Note(Write, "gone", 0, "y");
        Note(Sync, "gone");
        Note(Rename, "kept", 0, "elsewhere");

        After(nameof(CutPolicy.Dropped)).Keys.ShouldBe(["kept"]);
        After(nameof(CutPolicy.Kept)).Keys.Order().ShouldBe(["elsewhere", "gone"]);
    }

    [Fact]
    public void What_was_truncated_and_not_synced_may_be_there_again()
    {
        Note(Create, "a");
        Note(SyncFolder, "");
        Note(Write, "a", 0, "123456");
        Note(Sync, "a");
        Note(Truncate, "a", 2);

        After(nameof(CutPolicy.Dropped))["a"].ShouldBe("123456");
        After(nameof(CutPolicy.Kept))["a"].ShouldBe("12");
    }

    [Fact]
    public void A_removed_file_comes_back_when_its_removal_was_not_synced()
    {
        Note(Create, "a");
        Note(SyncFolder, "");
        Note(Write, "a", 0, "x");
        Note(Sync, "a");
        Note(Unlink, "a");

        After(nameof(CutPolicy.Dropped))["a"].ShouldBe("x");
        After(nameof(CutPolicy.Kept)).ShouldBeEmpty();
    }

    [Fact]
    public void A_torn_write_leaves_whole_sectors_of_the_old_and_of_the_new()
    {
        Note(Create, "a");
        Note(SyncFolder, "");
        Note(Write, "a", 0, new string('o', 2048));
        Note(Sync, "a");
        Note(Write, "a", 0, new string('n', 2048));
        var images = Enumerable.Range(0, 60).Select(seed => After(nameof(CutPolicy.Torn), seed)["a"]).ToHashSet();

        images.ShouldAllBe(image => image.Length == 2048 && image.Chunk(512).All(sector => sector.All(octet => octet == sector[0])));
        images.ShouldContain(image => image.Contains('o') && image.Contains('n'));
    }

    [Fact]
    public void A_record_that_was_cut_off_never_happened()
    {
        Note(Create, "a");
        Note(SyncFolder, "");
        Note(Write, "a", 0, "whole");
        var whole = _journal.Length;
        Note(Write, "a", 0, "half-");
        _journal.SetLength(whole + 27);

        After(nameof(CutPolicy.Kept))["a"].ShouldBe("whole");
    }

    private Dictionary<string, string> After(string policy, int seed = 1)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, $"{policy}-{seed}")).FullName;
        var journal = Path.Combine(_root, "journal");
        File.WriteAllBytes(journal, _journal.ToArray());
        DiskJournal.Read(folder, journal).Cut(folder, Enum.Parse<CutPolicy>(policy), new Random(seed));
        return Directory.EnumerateFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllText);
    }

    // As disk.c writes it: kind, length of the name, length of the octets, offset; name; octets.
    private void Note(int kind, string name, long offset = 0, string octets = "")
    {
        using var writer = new BinaryWriter(_journal, Encoding.ASCII, leaveOpen: true);
        writer.Write(kind);
        writer.Write(name.Length);
        writer.Write((long)octets.Length);
        writer.Write(offset);
        writer.Write(Encoding.ASCII.GetBytes(name + octets));
    }
}
