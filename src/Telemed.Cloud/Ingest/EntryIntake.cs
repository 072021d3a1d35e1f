using Telemed.Cloud.Amendments;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Patients;
using Telemed.Cloud.SetAside;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <summary>One entry of an outbox, of whatever kind, within one transaction: whether it may be stored, and where it goes.</summary>
internal sealed class EntryIntake(Writing writing, TeleconsultOptions teleconsults)
{
    private readonly Attachment _attachment = new(writing, teleconsults);

    /// <summary>
    /// Null for what may be stored. A value of nobody that is somebody's, or the other way round, must not reach a person's record; nor may one
    /// unit say whose another's readings are.
    /// </summary>
    public string? ReasonToRefuse(GatewayId gateway, BatchEntry entry) => entry switch
    {
        { Observation: { } observation } when observation.Patient is null == (observation.Unassigned == UnassignedReason.None) => "patient-contradiction",
        { Malformed: { } act } => act.Reason,
        { Act: Amendment amendment } when AmendmentStore.IsOfAnotherUnit(writing, gateway, amendment.Observation) => "amendment-other-unit",
        _ => null,
    };

    /// <summary>Stores it once. What was stored before changes nothing.</summary>
    public void Store(GatewayId gateway, ulong outboxEpoch, BatchEntry entry, IntakeTally tally)
    {
        switch (entry)
        {
            case { Observation: { } observation }:
                Store(gateway, outboxEpoch, entry, observation, tally);
                break;
            case { Quarantined: { } frame }:
                SetAsideStore.KeepFrame(writing, gateway, frame);
                break;
            case { Act: Amendment amendment }:
                AmendmentStore.Take(writing, _attachment, gateway, outboxEpoch, entry.Sequence, amendment);
                break;
            case { Act: ProvisionalPatient patient }:
                if (!Enrolments.Take(writing, gateway, outboxEpoch, patient))
                {
                    SetAsideStore.KeepEntry(writing, gateway, "patient-known-otherwise", outboxEpoch, entry);
                    break;
                }

                new Joins(writing, teleconsults).Consider(patient.Id.Value);
                _attachment.Forget();
                break;
            case { Act: HelpCall call }:
                HelpCallStore.Take(writing, gateway, call);
                break;
            case { Act: RequestAnswer answer }:
                AskedStore.Take(writing, gateway, answer);
                break;
            case { Act: SeriesGap gap }:
                SeriesGaps.Take(writing, gateway, outboxEpoch, entry.Sequence, gap);
                break;
        }
    }

    private void Store(GatewayId gateway, ulong outboxEpoch, BatchEntry entry, Observation observation, IntakeTally tally)
    {
        if (ObservationStore.Insert(writing, observation) is { } position)
        {
            tally.Stored++;
            tally.Samples += observation.Series?.Samples.Length ?? 1;

            // What became known of it may have overtaken it.
            if (!AmendmentStore.IsKnownOf(writing, observation.Id) || !AmendmentStore.Apply(writing, _attachment, observation.Id))
            {
                _attachment.Attach(observation, position);
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
}
