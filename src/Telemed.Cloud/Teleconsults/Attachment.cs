using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Teleconsults;

/// <summary>How long before the start of a teleconsult a measurement still belongs to it: the patient was measured while waiting.</summary>
internal sealed record TeleconsultOptions(TimeSpan Lead)
{
    /// <summary><c>Teleconsult:Lead</c>, 5 minutes by default.</summary>
    public static TeleconsultOptions Read(SettingsReader settings) =>
        new(settings.Duration("Teleconsult:Lead", TimeSpan.FromMinutes(5), TimeSpan.Zero, TimeSpan.FromHours(4)));
}

/// <summary>From when to when a teleconsult ran; open at the end while it runs.</summary>
internal readonly record struct TeleconsultWindow(Guid Teleconsult, DateTimeOffset Started, DateTimeOffset? Ended)
{
    // Patients who are the same person as @patient.
    internal const string Same = "(SELECT m.id FROM patient m JOIN patient p ON p.person = m.person WHERE p.id = @patient)";

    /// <summary>Those of a patient, under whatever id, that have started.</summary>
    public static ImmutableArray<TeleconsultWindow> Of(DbConnection connection, PatientId patient) =>
    [
        .. connection.Query<(byte[] Id, long Started, long? Ended)>(
            $"SELECT id, started, ended FROM teleconsult WHERE patient IN {Same} AND started IS NOT NULL", new { patient = Octets.Of(patient.Value) })
            .Select(row => new TeleconsultWindow(Octets.ToGuid(row.Id)!.Value, Octets.ToInstant(row.Started)!.Value, Octets.ToInstant(row.Ended))),
    ];

    /// <summary>
    /// The teleconsult that a measurement at <paramref name="effective"/> belongs to, among those of its patient: the one whose window
    /// holds it, the latest to start where several do, none where the time is not known.
    /// </summary>
    public static TeleconsultWindow? Choose(ImmutableArray<TeleconsultWindow> windows, DateTimeOffset? effective, TimeSpan lead) =>
        windows.Where(window => effective >= window.Started - lead && !(effective > window.Ended))
            .OrderByDescending(window => window.Started)
            .Select(window => (TeleconsultWindow?)window)
            .FirstOrDefault();
}

/// <summary>
/// Attaches observations to teleconsults within one transaction. However late one comes, its measured time decides, and whose it is said to
/// be by then. Whoever is the same person has the same teleconsults.
/// </summary>
internal sealed class Attachment(Writing writing, TeleconsultOptions options)
{
    private const string Insert = "INSERT INTO attachment (teleconsult, observation, late, state) VALUES (@0, @1, @2, @3)";
    private const long Past = 0, Present = 1, Left = 2;

    private readonly Dictionary<PatientId, ImmutableArray<TeleconsultWindow>> _windows = [];

    /// <summary>Attaches an observation just stored at <paramref name="position"/>, if it belongs to a teleconsult.</summary>
    public void Attach(Observation observation, long position)
    {
        if (Find(observation.Patient, observation.Time.Effective) is { } window)
        {
            Add(window.Teleconsult, position, LateIn(window), Present);
        }
    }

    /// <summary>
    /// Takes an observation from where it is to where it belongs now, or nowhere. Where it was, and where it stays with something changed,
    /// whoever follows the teleconsult is told by a new position. <paramref name="unchanged"/>: if it stays, there is nothing to tell.
    /// </summary>
    public void Move(long position, PatientId? patient, DateTimeOffset? effective, bool unchanged = false)
    {
        var window = Find(patient, effective);
        var here = writing.Connection.QuerySingleOrDefault<Row>(
            "SELECT position AS Position, teleconsult AS Teleconsult, late AS Late FROM attachment WHERE observation = @position AND state = @Present",
            new { Present, position });
        var from = Octets.ToGuid(here?.Teleconsult);
        if (unchanged && from == window?.Teleconsult)
        {
            return;
        }

        if (here is not null)
        {
            writing.Connection.Execute("UPDATE attachment SET state = @Past WHERE position = @Position", new { Past, here.Position });
        }

        if (from is { } left && left != window?.Teleconsult)
        {
            Add(left, position, here!.Late, Left);
        }

        if (window is { } to)
        {
            Add(to.Teleconsult, position, from == to.Teleconsult ? here!.Late : LateIn(to), Present);
        }
    }

    /// <summary>Attaches what was stored before the teleconsult started and lies in its window, as far as it is free.</summary>
    public void AttachStored(Guid teleconsult, Guid patient) => writing.Connection.Execute(
        $"""
        INSERT INTO attachment (teleconsult, observation, late, state)
        SELECT @teleconsult, r.position, 0, {Present}
        FROM (
            SELECT o.position FROM observation o
            WHERE o.patient IN {TeleconsultWindow.Same} AND o.effective >= @from AND NOT EXISTS (SELECT 1 FROM amended n WHERE n.observation = o.position)
            UNION ALL
            SELECT n.observation FROM amended n WHERE n.patient IN {TeleconsultWindow.Same} AND n.effective >= @from) r
        WHERE NOT EXISTS (SELECT 1 FROM attachment a WHERE a.observation = r.position AND a.state = {Present})
        ORDER BY r.position
        """,
        new { teleconsult = Octets.Of(teleconsult), patient = Octets.Of(patient), from = (writing.Now - options.Lead).ToUnixTimeMilliseconds() });

    /// <summary>The last position that anything happened to a teleconsult's readings at.</summary>
    public static long Last(Writing writing) =>
        writing.Connection.ExecuteScalar<long?>("SELECT max(position) FROM attachment") ?? 0;

    private TeleconsultWindow? Find(PatientId? patient, DateTimeOffset? effective) =>
        patient is { } somebody ? TeleconsultWindow.Choose(WindowsOf(somebody), effective, options.Lead) : null;

    private void Add(Guid teleconsult, long position, long late, long state) =>
        writing.Prepare(Insert, 4).Run(Octets.Of(teleconsult), position, late, state);

    private static long LateIn(TeleconsultWindow window) => window.Ended is null ? 0 : 1;

    private ImmutableArray<TeleconsultWindow> WindowsOf(PatientId patient)
    {
        if (!_windows.TryGetValue(patient, out var windows))
        {
            _windows[patient] = windows = TeleconsultWindow.Of(writing.Connection, patient);
        }

        return windows;
    }

    /// <summary>Who is whom has changed: what was read of it counts no more.</summary>
    public void Forget() => _windows.Clear();

    private sealed class Row
    {
        public long Position { get; init; }

        public byte[] Teleconsult { get; init; } = [];

        public long Late { get; init; }
    }
}
