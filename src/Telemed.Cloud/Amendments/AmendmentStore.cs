using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Amendments;

/// <summary>
/// What became known of observations after they were sent, and how they stand by it. Rows are only added; which of them holds follows from
/// what is there and never from the order of arrival: of one outbox the highest sequence, of several outboxes then the one with the latest
/// time. One from another unit than the observation's counts for nothing.
/// </summary>
internal static class AmendmentStore
{
    private const long Assigns = 1, Retimes = 2;

    private const string InsertOnce = """
        INSERT INTO amendment (
            gateway, outbox_epoch, sequence, observation, at, received, kind, patient, session, unassigned, nurse, reason, note,
            effective, method, uncertainty, arrival)
        VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16)
        ON CONFLICT (gateway, outbox_epoch, sequence) DO NOTHING
        RETURNING number
        """;

    private const string Any = "SELECT 1 FROM amendment WHERE observation = @0 LIMIT 1";

    private static readonly string Settle = $"""
        INSERT INTO amended (observation, assignment, retiming, patient, session, unassigned, effective, method, uncertainty, arrival)
        SELECT o.position, s.number, t.number,
               iif(s.number IS NULL, o.patient, s.patient), iif(s.number IS NULL, o.session, s.session), coalesce(s.unassigned, o.unassigned),
               iif(t.number IS NULL, o.effective, t.effective), coalesce(t.method, o.method), coalesce(t.uncertainty, o.uncertainty), t.arrival
        FROM observation o
        JOIN gateway w ON w.id = o.gateway
        LEFT JOIN amendment s ON s.number = {Newest(Assigns)}
        LEFT JOIN amendment t ON t.number = {Newest(Retimes)}
        WHERE o.id = @id AND (s.number IS NOT NULL OR t.number IS NOT NULL)
        ON CONFLICT (observation) DO UPDATE SET
            assignment = excluded.assignment, retiming = excluded.retiming, patient = excluded.patient, session = excluded.session,
            unassigned = excluded.unassigned, effective = excluded.effective, method = excluded.method, uncertainty = excluded.uncertainty,
            arrival = excluded.arrival
        WHERE assignment IS NOT excluded.assignment OR retiming IS NOT excluded.retiming
        RETURNING observation AS Position, patient AS Patient, effective AS Effective
        """;

    /// <summary>True when the observation is there and was read in another unit than this gateway's.</summary>
    public static bool IsOfAnotherUnit(Writing writing, GatewayId gateway, ObservationId observation) => writing.Connection.ExecuteScalar<long>(
        """
        SELECT count(*) FROM observation o JOIN gateway w ON w.id = o.gateway JOIN gateway g ON g.id = @gateway
        WHERE o.id = @id AND g.unit <> w.unit
        """, new { gateway = gateway.Value, id = Octets.Of(observation.Value) }) > 0;

    /// <summary>Keeps it once, and brings its observation to how it stands by it, when that is there.</summary>
    public static void Take(Writing writing, Attachment attachment, GatewayId gateway, ulong outboxEpoch, ulong sequence, Amendment amendment)
    {
        var (assignment, retiming) = (amendment.Change as Assignment, amendment.Change as Retiming);
        if (writing.Prepare(InsertOnce, 17).Run(
            gateway.Value, unchecked((long)outboxEpoch), unchecked((long)sequence), Octets.Of(amendment.Observation.Value),
            amendment.At.ToUnixTimeMilliseconds(), writing.NowMs, assignment is null ? Retimes : Assigns,
            assignment?.Patient is { } patient ? Octets.Of(patient.Value) : null,
            assignment?.Session is { } session ? Octets.Of(session.Value) : null,
            (long?)assignment?.Unassigned, assignment?.Nurse, assignment?.Reason, assignment?.Note,
            retiming?.Effective?.ToUnixTimeMilliseconds(), (long?)retiming?.Method, (long?)retiming?.Uncertainty.TotalMilliseconds,
            retiming?.Arrival.ToUnixTimeMilliseconds()) is not null)
        {
            Apply(writing, attachment, amendment.Observation);
        }
    }

    /// <summary>True when something is known of the observation already, before it has come.</summary>
    public static bool IsKnownOf(Writing writing, ObservationId observation) => writing.Prepare(Any, 1).Run(Octets.Of(observation.Value)) is not null;

    /// <summary>Brings an observation to how it stands now, and to the teleconsult where it belongs then. False when nothing changes.</summary>
    public static bool Apply(Writing writing, Attachment attachment, ObservationId observation)
    {
        if (writing.Connection.QuerySingleOrDefault<Standing>(Settle, new { id = Octets.Of(observation.Value) }) is not { } now)
        {
            return false;
        }

        attachment.Move(now.Position, Octets.ToGuid(now.Patient) is { } patient ? new PatientId(patient) : null, Octets.ToInstant(now.Effective));
        return true;
    }

    // As the class says.
    private static string Newest(long kind) => $"""
        (SELECT a.number
         FROM amendment a JOIN gateway g ON g.id = a.gateway
         WHERE a.observation = o.id AND a.kind = {kind} AND g.unit = w.unit
           AND NOT EXISTS (
               SELECT 1 FROM amendment b
               WHERE b.observation = a.observation AND b.kind = a.kind AND b.gateway = a.gateway AND b.outbox_epoch = a.outbox_epoch
                 AND b.sequence > a.sequence)
         ORDER BY a.at DESC, a.gateway, a.outbox_epoch
         LIMIT 1)
        """;

    private sealed class Standing
    {
        public long Position { get; init; }

        public byte[]? Patient { get; init; }

        public long? Effective { get; init; }
    }
}
