using System.Collections.Immutable;
using Telemed.Cloud.Amendments;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Live;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Patients;
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
internal sealed class ObservationIngest(TelemedDb db, LiveVitals live, TeleconsultOptions teleconsults)
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
                var attachment = new Attachment(writing, teleconsults);
                return Verdict.Receipts([.. batches.Select(batch => Take(writing, attachment, batch))]);
            },
            _ =>
            {
                live.AnnounceReadings(before);
                if (batches.Any(batch => batch.Decoding.Entries.Any(entry => entry.Act is HelpCall)))
                {
                    live.AnnounceHelp();
                }
            }, stopping).ConfigureAwait(false);
    }

    /// <summary>Sets a whole batch aside that can't be stored.</summary>
    public async Task<ImmutableArray<GatewayReceipt>> SetAsideAsync(IncomingBatch batch, string reason, CancellationToken stopping) =>
        await db.WriteAsync(writing => Verdict.Receipts([SetAside(writing, batch, reason)]), stopping: stopping).ConfigureAwait(false);

    /// <summary>
    /// Takes in what came from gateways before they were registered, so many entries at most. Their outboxes hold it no more, so nobody is
    /// told. False when there was nothing.
    /// </summary>
    public async Task<bool> RetakeAsync(int limit, CancellationToken stopping)
    {
        if (db.Read(connection => SetAsideStore.OfFormerStrangers(connection, 1)).Count == 0)
        {
            return false;
        }

        var before = 0L;
        return await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                var attachment = new Attachment(writing, teleconsults);
                var entries = SetAsideStore.OfFormerStrangers(writing.Connection, limit);
                foreach (var (number, gateway, octets) in entries)
                {
                    Take(writing, attachment, IncomingBatch.Read(TelemedTopics.Of(gateway, TopicKind.Observations), octets));
                    SetAsideStore.MarkRetaken(writing, number);
                }

                return entries.Count > 0;
            },
            _ => live.AnnounceReadings(before), stopping).ConfigureAwait(false);
    }

    private Verdict? Take(Writing writing, Attachment attachment, IncomingBatch batch)
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
            var reason = isKnown ? Verdict.ReasonToRefuse(entry) ?? ReasonToRefuse(writing, gateway, entry) : "unknown-gateway";
            if (reason is null)
            {
                Store(writing, attachment, gateway, batch.Decoding.OutboxEpoch, entry, tally);
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

    private static string? ReasonToRefuse(Writing writing, GatewayId gateway, BatchEntry entry) =>
        entry.Act is Amendment amendment && AmendmentStore.IsOfAnotherUnit(writing, gateway, amendment.Observation) ? "amendment-other-unit" : null;

    private void Store(
        Writing writing, Attachment attachment, GatewayId gateway, ulong outboxEpoch, BatchEntry entry, IntakeTally tally)
    {
        switch (entry)
        {
            case { Observation: { } observation }:
                Store(writing, attachment, gateway, outboxEpoch, entry, observation, tally);
                break;
            case { Quarantined: { } frame }:
                SetAsideStore.KeepFrame(writing, gateway, frame);
                break;
            case { Act: Amendment amendment }:
                AmendmentStore.Take(writing, attachment, gateway, outboxEpoch, entry.Sequence, amendment);
                break;
            case { Act: ProvisionalPatient patient }:
                if (!Enrolments.Take(writing, gateway, outboxEpoch, patient))
                {
                    SetAsideStore.KeepEntry(writing, gateway, "patient-known-otherwise", outboxEpoch, entry);
                    break;
                }

                new Joins(writing, teleconsults).Consider(patient.Id.Value);
                attachment.Forget();

                break;
            case { Act: HelpCall call }:
                HelpCallStore.Take(writing, gateway, call);
                break;
        }
    }

    private static void Store(
        Writing writing, Attachment attachment, GatewayId gateway, ulong outboxEpoch, BatchEntry entry, Observation observation, IntakeTally tally)
    {
        if (ObservationStore.Insert(writing, observation) is { } position)
        {
            tally.Stored++;

            // What became known of it may have overtaken it.
            if (!AmendmentStore.IsKnownOf(writing, observation.Id) || !AmendmentStore.Apply(writing, attachment, observation.Id))
            {
                attachment.Attach(observation, position);
            }
        }
        else
        {
            // The first to arrive stands. That another says it is somebody else's must not be lost: a person has to look at it.
            tally.Duplicates++;
            if (ObservationStore.PatientOf(writing, observation.Id) != observation.Patient?.Value)
            {
                SetAsideStore.KeepEntry(writing, gateway, "stored-for-another-patient", outboxEpoch, entry);
            }
        }
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
