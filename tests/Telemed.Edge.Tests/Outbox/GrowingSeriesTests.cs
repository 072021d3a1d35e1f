using System.Text;
using Telemed.Edge.Outbox;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>An entry that is added to while it lies in the outbox.</summary>
public sealed class GrowingSeriesTests : IDisposable
{
    private readonly OutboxFolder _folder = new();

    [Fact]
    public async Task Each_value_is_durable_with_the_entry_as_it_is_with_it_and_counts()
    {
        using (var outbox = _folder.Open())
        {
            var first = await BeginAsync(outbox, "a");
            await GrowAsync(outbox, first, "b");
            await GrowAsync(outbox, first, "c");

            outbox.Depth().ShouldBe(new OutboxDepth(0, 0, 0, 0, null) { Growing = 1 });
            outbox.TotalTaken.ShouldBe(3);
            outbox.Peek(OutboxLane.Bulk, 0, 10, 1000).ShouldBeEmpty("it is not sent while it grows");
            var next = await BeginAsync(outbox, "d", first);
            Texts(outbox).ShouldBe(["abc"]);
            await GrowAsync(outbox, next, "e");
        }

        // The power went.
        using var again = _folder.Open();
        Texts(again).ShouldBe(["abc", "de"]);
        (again.TotalTaken, again.Depth().Growing, again.Depth().Bulk).ShouldBe((5L, 0, 2));
    }

    [Fact]
    public async Task What_is_added_to_something_that_is_not_held_fails_alone()
    {
        using var outbox = _folder.Open();
        var first = await BeginAsync(outbox, "a");
        await outbox.AppendAsync(new OutboxWrite { Release = [first] });

        var (growing, other) = (GrowAsync(outbox, first, "b"), outbox.AppendAsync(OutboxFolder.One("reading")));

        await Should.ThrowAsync<ArgumentException>(growing);
        await other;
        Texts(outbox).ShouldBe(["a"]);
        outbox.TotalTaken.ShouldBe(2);
    }

    [Fact]
    public async Task A_better_time_found_meanwhile_stays_when_it_grows_on()
    {
        using var outbox = _folder.Open();
        var first = (await outbox.AppendAsync(new OutboxWrite
        {
            Captures = [new NewCapture(OutboxFolder.Raw()) { Held = OutboxFolder.Draft("dark", OutboxLane.Bulk) with { Dating = _ => new byte[] { 1 } } }],
        })).Captures[0];
        var amendment = OutboxFolder.Draft("amendment");

        await outbox.AppendAsync(new OutboxWrite
        {
            Redate = [new OutboxRedating(first, payload => Encoding.UTF8.GetBytes("known" + Encoding.UTF8.GetString(payload.Span)[4..]), DateTimeOffset.UnixEpoch, amendment, default)],
        });
        await GrowAsync(outbox, first, "+");
        await outbox.AppendAsync(new OutboxWrite { Release = [first] });

        Texts(outbox).ShouldBe(["known+"]);
        outbox.Depth().Normal.ShouldBe(0, "it was told to nobody yet");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<ulong> BeginAsync(DurableOutbox outbox, string text, ulong? release = null) => (await outbox.AppendAsync(new OutboxWrite
    {
        Captures = [new NewCapture(OutboxFolder.Raw(text)) { Held = OutboxFolder.Draft(text, OutboxLane.Bulk) }],
        Release = release is { } old ? [old] : [],
    })).Captures[0];

    private static Task<OutboxAppended> GrowAsync(DurableOutbox outbox, ulong first, string text) => outbox.AppendAsync(new OutboxWrite
    {
        Captures = [new NewCapture(OutboxFolder.Raw(text)) { Grows = (first, (payload, _) => (byte[])[.. payload.Span, .. Encoding.UTF8.GetBytes(text)]) }],
    });

    private static IEnumerable<string> Texts(DurableOutbox outbox) => outbox.Peek(OutboxLane.Bulk, 0, 10, 1000).Select(OutboxFolder.Text);
}
