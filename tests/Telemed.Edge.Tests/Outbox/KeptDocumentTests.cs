using System.Text;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Outbox;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>What people do beside what meters send: entries without a notification, sealed ones, and the documents kept with entries.</summary>
public sealed class KeptDocumentTests : IDisposable
{
    private const byte Kind = 7;
    private static readonly Guid Key = new("11111111-2222-3333-4444-555555555555");
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);

    private readonly OutboxFolder _folder = new();
    private DurableOutbox _outbox;

    public KeptDocumentTests() => _outbox = _folder.Open();

    [Fact]
    public async Task An_act_without_a_notification_waits_in_its_lane_and_has_its_own_age()
    {
        var appended = await _outbox.AppendAsync(new OutboxWrite { Entries = [(Noon, OutboxFolder.Draft("act", OutboxLane.Urgent))] });

        var row = _outbox.Peek(OutboxLane.Urgent, 0, 10, 1000).ShouldHaveSingleItem();
        row.Sequence.ShouldBe(appended.Sequences.ShouldHaveSingleItem());
        row.Capture.ShouldBe(0UL);
        OutboxFolder.Text(row).ShouldBe("act");
        _outbox.Depth().OldestArrival.ShouldBe(Noon);
    }

    [Fact]
    public async Task A_sealed_entry_is_read_open_and_lies_closed_on_the_disk_and_stays_so_when_refused()
    {
        const string Name = "Nombre Inventado";
        var appended = await _outbox.AppendAsync(new OutboxWrite { Entries = [(Noon, OutboxFolder.Draft(Name) with { Sealed = true })] });
        await _outbox.AppendAsync(OutboxFolder.One("not sealed"));

        OutboxFolder.Text(_outbox.Peek(OutboxLane.Normal, 0, 10, 1000)[0]).ShouldBe(Name);
        await _outbox.SetAsideAsync(appended.Sequences[0], "for the test");
        OnDisk().ShouldContain("not sealed");
        OnDisk().ShouldNotContain(Name);
    }

    [Fact]
    public async Task The_key_is_for_its_owner_only_and_another_key_opens_nothing()
    {
        var key = Path.Combine(Path.GetDirectoryName(_folder.Path)!, "data.key");
        File.GetUnixFileMode(key).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _outbox.AppendAsync(new OutboxWrite
        {
            Entries = [(Noon, OutboxFolder.Draft("sealed") with { Sealed = true })],
            Keep = [Document("kept")],
        });

        _outbox.Dispose();
        File.Delete(key);
        _outbox = _folder.Open();

        _outbox.Peek(OutboxLane.Normal, 0, 10, 1000).ShouldHaveSingleItem().Payload.ShouldBeEmpty();
        _outbox.Kept(Kind, 0).ShouldHaveSingleItem().Payload.ShouldBeNull();
    }

    [Fact]
    public void A_file_that_is_no_key_is_said_and_not_replaced()
    {
        using var folder = new OutboxFolder();
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(folder.Path)!, "data.key"), "short");

        Should.Throw<InvalidDataException>(folder.Open).Message.ShouldContain("5 octets");
    }

    [Fact]
    public async Task The_first_document_of_a_key_stands_however_often_its_record_is_read_again()
    {
        await _outbox.AppendAsync(Kept("reading", "first"));
        await _outbox.AppendAsync(Kept("reading again", "second"));

        Text(_outbox.Kept(Kind, 0).ShouldHaveSingleItem()).ShouldBe("first");
        _outbox.Depth().Total.ShouldBe(2, "the reading itself goes as often as it comes");

        // Emptied, the key still says that it was there.
        await _outbox.AppendAsync(new OutboxWrite { Keep = [Document("")] });
        await _outbox.AppendAsync(Kept("and again", "third"));
        _outbox.Kept(Kind, 0).ShouldBeEmpty();

        await _outbox.AppendAsync(new OutboxWrite { Forget = [(Kind, Key)] });
        await _outbox.AppendAsync(Kept("after it was forgotten", "fourth"));
        Text(_outbox.Kept(Kind, 0).ShouldHaveSingleItem()).ShouldBe("fourth");
    }

    [Fact]
    public async Task A_change_is_seen_by_who_asks_for_what_is_newer()
    {
        var told = 0;
        _outbox.KeptChanged += () => told++;
        await _outbox.AppendAsync(new OutboxWrite { Keep = [Document("one")] });
        var seen = _outbox.Kept(Kind, 0)[0].Number;
        await _outbox.AppendAsync(OutboxFolder.One("no document"));
        _outbox.Kept(Kind, seen).ShouldBeEmpty();

        await _outbox.AppendAsync(new OutboxWrite { Keep = [Document("two")] });

        Text(_outbox.Kept(Kind, seen).ShouldHaveSingleItem()).ShouldBe("two");
        told.ShouldBe(2);
    }

    [Fact]
    public async Task The_document_of_a_held_entry_comes_with_the_entry_also_after_a_crash()
    {
        var held = await _outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(OutboxFolder.Raw()) { Held = WithDocument("held", "as it was") }] });
        _outbox.Dispose();
        _outbox = _folder.Open();
        _outbox.Kept(Kind, 0).ShouldBeEmpty();

        await _outbox.AppendAsync(new OutboxWrite { Release = [held.Captures[0]] });

        Text(_outbox.Kept(Kind, 0).ShouldHaveSingleItem()).ShouldBe("as it was");
    }

    [Fact]
    public async Task The_document_of_a_held_entry_is_completed_with_it_and_goes_with_none_that_something_else_stands_for()
    {
        NewCapture Half(string document) => new(OutboxFolder.Raw()) { Held = WithDocument("half", document) with { Alone = _ => "instead"u8.ToArray() } };
        var held = await _outbox.AppendAsync(new OutboxWrite { Captures = [Half("one"), Half("two")] });

        await _outbox.AppendAsync(new OutboxWrite
        {
            Release = [held.Captures[0]],
            Complete = [new OutboxCompletion(held.Captures[1], payload => payload, document => document with { Payload = "two, whole"u8.ToArray() })],
        });

        Text(_outbox.Kept(Kind, 0).ShouldHaveSingleItem()).ShouldBe("two, whole");
    }

    [Fact]
    public async Task A_held_entry_that_is_replaced_leaves_no_document_of_its_own()
    {
        var held = await _outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(OutboxFolder.Raw()) { Held = WithDocument("held", "as it was") }] });

        await _outbox.AppendAsync(new OutboxWrite { Replace = [(held.Captures[0], WithDocument("whole", "as it is"))] });

        Text(_outbox.Kept(Kind, 0).ShouldHaveSingleItem()).ShouldBe("as it is");
    }

    [Fact]
    public async Task A_write_that_fails_alone_leaves_no_document()
    {
        var held = await _outbox.AppendAsync(OutboxFolder.Held("held"));

        await Should.ThrowAsync<InvalidOperationException>(_outbox.AppendAsync(new OutboxWrite
        {
            Keep = [Document("not to be")],
            Replace = [(held.Captures[0], new OutboxDraft(OutboxLane.Normal, _ => throw new InvalidOperationException("made to fail")))],
        }));

        _outbox.Kept(Kind, 0).ShouldBeEmpty();
    }

    public void Dispose()
    {
        _outbox.Dispose();
        _folder.Dispose();
    }

    private static KeptDocument Document(string text) => new(Kind, Key, Encoding.UTF8.GetBytes(text));

    private static OutboxDraft WithDocument(string payload, string document) => OutboxFolder.Draft(payload) with { Keep = _ => Document(document) };

    private static OutboxWrite Kept(string payload, string document) =>
        new() { Captures = [new NewCapture(OutboxFolder.Raw()) { Entries = [WithDocument(payload, document)] }] };

    private static string Text(KeptRow row) => Encoding.UTF8.GetString(row.Payload.ShouldNotBeNull());

    private string OnDisk() => string.Concat(
        Directory.EnumerateFiles(Path.GetDirectoryName(_folder.Path)!).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));
}
