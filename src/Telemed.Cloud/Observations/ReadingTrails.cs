using System.Data.Common;
using System.Text.Json;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Observations;

/// <summary>
/// A reading as it stands now, whose it is (both null: nobody's), and all that was said of it after it was sent, in the order of its making.
/// </summary>
public sealed record ReadingTrail(Reading Reading, Guid? Patient, string? PatientName, IReadOnlyList<TrailStep> Steps);

/// <summary>
/// One change: <paramref name="Kind"/> is "assignment" (whose it is) or "retiming" (when it was). <paramref name="At"/> is by the gateway's clock,
/// <paramref name="Received"/> by the cloud's. <paramref name="By"/>: the nurse's account, null when the gateway itself learned it.
/// <paramref name="Holds"/>: the reading stands by this one; of each kind at most one does.
/// </summary>
public sealed record TrailStep(
    string Kind, DateTimeOffset At, DateTimeOffset Received, string Gateway, string? By, string? Reason, string? Note, TrailSide Before, TrailSide After, bool Holds);

/// <summary>
/// What was said of a reading: of whose it is, the patient or why it is nobody's; of when it was, the instant, its method and its uncertainty.
/// What the step does not speak of is null.
/// </summary>
public sealed record TrailSide(
    Guid? Patient, string? PatientName, string? Unassigned, DateTimeOffset? Effective, string? Method, long? UncertaintyMs);

/// <summary>Reads a reading's trail from what only grows: its own row and its amendments.</summary>
internal static class ReadingTrails
{
    private const long Assigns = 1;

    /// <summary>Null when there is no such reading.</summary>
    public static ReadingTrail? Of(DbConnection connection, ObservationId id)
    {
        var key = new { id = Octets.Of(id.Value) };
        var row = connection.QuerySingleOrDefault<ReadingRow>(
            $"SELECT o.position AS Position, 0 AS Late, {ReadingRow.Columns} FROM observation o {ReadingRow.Joins} WHERE o.id = @id", key);
        if (row is null)
        {
            return null;
        }

        var first = connection.QuerySingle<Said>(
            """
            SELECT o.patient AS Patient, p.name AS PatientName, o.unassigned AS Unassigned, o.effective AS Effective, o.method AS Method, o.uncertainty AS Uncertainty
            FROM observation o LEFT JOIN patient p ON p.id = o.patient WHERE o.id = @id
            """, key);
        var said = connection.Query<Said>(
            """
            SELECT a.kind AS Kind, a.at AS At, a.received AS Received, a.gateway AS Gateway, a.nurse AS Nurse, a.reason AS Reason, a.note AS Note,
                   a.patient AS Patient, p.name AS PatientName, a.unassigned AS Unassigned, a.effective AS Effective, a.method AS Method,
                   a.uncertainty AS Uncertainty, a.number IN (n.assignment, n.retiming) AS Holds
            FROM amendment a
            JOIN observation o ON o.id = a.observation
            LEFT JOIN amended n ON n.observation = o.position
            LEFT JOIN patient p ON p.id = a.patient
            WHERE a.observation = @id
            ORDER BY a.at, a.gateway, a.outbox_epoch, a.sequence
            """, key);
        List<TrailStep> steps = [];
        var (whose, when) = (SideOf(first, assigns: true), SideOf(first, assigns: false));
        foreach (var one in said)
        {
            var assigns = one.Kind == Assigns;
            var (before, after) = (assigns ? whose : when, SideOf(one, assigns));
            steps.Add(new TrailStep(
                assigns ? "assignment" : "retiming", Octets.ToInstant(one.At)!.Value, Octets.ToInstant(one.Received)!.Value, one.Gateway, one.Nurse, one.Reason,
                one.Note is { Length: > 0 } note ? note : null, before, after, one.Holds));
            (whose, when) = assigns ? (after, when) : (whose, after);
        }

        var holds = steps.FindLast(step => step is { Kind: "assignment", Holds: true })?.After ?? SideOf(first, assigns: true);
        return new ReadingTrail(row.ToReading(), holds.Patient, holds.PatientName, steps);
    }

    private static TrailSide SideOf(Said said, bool assigns) => assigns
        ? new TrailSide(
            Octets.ToGuid(said.Patient), said.PatientName, said.Unassigned is { } reason and not 0 ? Named((UnassignedReason)reason) : null, null, null, null)
        : new TrailSide(null, null, null, Octets.ToInstant(said.Effective), said.Method is { } method ? Named((TimeMethod)method) : null, said.Uncertainty);

    private static string Named<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private sealed class Said
    {
        public long Kind { get; init; }

        public long? At { get; init; }

        public long? Received { get; init; }

        public string Gateway { get; init; } = "";

        public string? Nurse { get; init; }

        public string? Reason { get; init; }

        public string? Note { get; init; }

        public byte[]? Patient { get; init; }

        public string? PatientName { get; init; }

        public long? Unassigned { get; init; }

        public long? Effective { get; init; }

        public long? Method { get; init; }

        public long? Uncertainty { get; init; }

        public bool Holds { get; init; }
    }
}
