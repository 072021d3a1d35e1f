using System.Collections.Immutable;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Live;
using Telemed.Cloud.SetAside;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <summary>
/// The main path: what arrived → one transaction (store once, attach to the teleconsult, count, set aside) → announce live → receipt.
/// Nothing that arrived is dropped: an entry is stored, or was stored before, or is set aside with its reason.
/// </summary>
internal sealed partial class ObservationIngest(TelemedDb db, LiveVitals live, TeleconsultOptions teleconsults)
{
    /// <summary>
    /// Takes batches in and returns what to tell their gateways; by then it is on the disk. When it throws, nothing of it is, and the
    /// same call may be made again.
    /// </summary>
    public async Task<ImmutableArray<GatewayReceipt>> TakeAsync(IReadOnlyCollection<IncomingBatch> batches, CancellationToken stopping)
    {
        var before = 0L;
        return await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                var intake = new EntryIntake(writing, teleconsults);
                var receipts = Verdict.Receipts([.. batches.Select(batch => Take(writing, intake, batch))]);
                Milestones.Reached(Milestones.IngestCommit);
                return receipts;
            },
            _ =>
            {
                Milestones.Reached(Milestones.IngestCommitted);
                live.AnnounceReadings(before);
                if (batches.Any(batch => batch.Decoding.Entries.Any(entry => entry.Act is HelpCall)))
                {
                    live.AnnounceHelp();
                }

                Guid[] answered = [.. batches.SelectMany(batch => batch.Decoding.Entries).Select(entry => entry.Act).OfType<RequestAnswer>().Select(answer => answer.Request)];
                if (answered.Length > 0)
                {
                    live.AnnounceState(db.Read(connection => AskedStore.TeleconsultsOf(connection, answered)).Contains);
                }
            }, stopping).ConfigureAwait(false);
    }

    /// <summary>Sets a whole batch aside that can't be stored.</summary>
    public async Task<ImmutableArray<GatewayReceipt>> SetAsideAsync(IncomingBatch batch, string reason, CancellationToken stopping) =>
        await db.WriteAsync(writing => Verdict.Receipts([SetAside(writing, batch, reason)]), stopping: stopping).ConfigureAwait(false);

    private static Verdict? Take(Writing writing, EntryIntake intake, IncomingBatch batch)
    {
        if (batch.Gateway is not { } gateway || batch.Decoding.Failure is not null)
        {
            return SetAside(writing, batch, batch.Decoding.Failure!);
        }

        if (batch.Decoding.HasUnknownFields)
        {
            SetAsideStore.KeepPayload(writing, gateway.Value, "unknown-fields", batch.Payload);
        }

        var isKnown = GatewayStore.IsKnown(writing, gateway);
        var (tally, stored, refused) = (new IntakeTally(), ImmutableArray.CreateBuilder<ulong>(), ImmutableArray.CreateBuilder<RefusedEntry>());
        foreach (var entry in batch.Decoding.Entries)
        {
            var reason = isKnown ? intake.ReasonToRefuse(gateway, entry) : "unknown-gateway";
            if (reason is null)
            {
                intake.Store(gateway, batch.Decoding.OutboxEpoch, entry, tally);
                stored.Add(entry.Sequence);
            }
            else
            {
                SetAsideStore.KeepEntry(writing, gateway, reason, batch.Decoding.OutboxEpoch, entry);
                refused.Add(new RefusedEntry(entry.Sequence, reason));
            }
        }

        Count(writing, gateway, batch.Decoding, tally, refused.Count);
        return new Verdict(gateway, batch.Decoding.OutboxEpoch, stored.ToImmutable(), refused.ToImmutable());
    }

    // Without the outbox's epoch no receipt would be understood; with it the gateway is told, or it would send the same for ever.
    private static Verdict? SetAside(Writing writing, IncomingBatch batch, string reason)
    {
        SetAsideStore.KeepPayload(writing, batch.Source, reason, batch.Payload);
        if (batch.Gateway is not { } gateway || batch.Decoding.OutboxEpoch == 0 || batch.Decoding.Sequences.IsEmpty)
        {
            return null;
        }

        Count(writing, gateway, batch.Decoding, new IntakeTally(), batch.Decoding.Sequences.Length);
        return new Verdict(
            gateway, batch.Decoding.OutboxEpoch, [], [.. batch.Decoding.Sequences.Select(sequence => new RefusedEntry(sequence, reason))]);
    }

    private static void Count(Writing writing, GatewayId gateway, BatchDecoding decoding, IntakeTally tally, int refused)
    {
        tally.Refused += refused;
        tally.HighestSequence = decoding.Sequences.Max();
        GatewayStore.Count(writing, gateway, decoding.OutboxEpoch, tally);
    }
}
