using System.Collections.Immutable;
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

/// <summary>Attaches observations to teleconsults within one transaction. However late one comes, its measured time decides.</summary>
internal sealed class Attachment(Writing writing, TeleconsultOptions options)
{
    private const string Insert = "INSERT INTO attachment (teleconsult, observation, late) VALUES (@0, @1, @2)";

    private readonly Dictionary<PatientId, ImmutableArray<TeleconsultWindow>> _windows = [];

    /// <summary>Attaches an observation just stored at <paramref name="position"/>, if it belongs to a teleconsult.</summary>
    public void Attach(Observation observation, long position)
    {
        if (observation.Patient is { } patient
            && TeleconsultWindow.Choose(WindowsOf(patient), observation.Time.Effective, options.Lead) is { } window)
        {
            writing.Prepare(Insert, 3).Run(Octets.Of(window.Teleconsult), position, window.Ended is null ? 0L : 1L);
        }
    }

    /// <summary>Attaches what was stored before the teleconsult started and lies in its window, as far as it is free.</summary>
    public void AttachStored(Guid teleconsult, Guid patient) => writing.Connection.Execute(
        """
        INSERT INTO attachment (teleconsult, observation, late)
        SELECT @teleconsult, o.position, 0
        FROM observation o
        WHERE o.patient = @patient AND o.effective >= @from
          AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.observation = o.position)
        ORDER BY o.position
        """,
        new { teleconsult = Octets.Of(teleconsult), patient = Octets.Of(patient), from = (writing.Now - options.Lead).ToUnixTimeMilliseconds() });

    /// <summary>The last position that anything came to a teleconsult at.</summary>
    public static long Last(Writing writing) =>
        writing.Connection.ExecuteScalar<long?>("SELECT max(position) FROM attachment") ?? 0;

    private ImmutableArray<TeleconsultWindow> WindowsOf(PatientId patient)
    {
        if (!_windows.TryGetValue(patient, out var windows))
        {
            _windows[patient] = windows =
            [
                .. writing.Connection.Query<(byte[] Id, long Started, long? Ended)>(
                    "SELECT id, started, ended FROM teleconsult WHERE patient = @patient AND started IS NOT NULL",
                    new { patient = Octets.Of(patient.Value) })
                    .Select(row => new TeleconsultWindow(
                        Octets.ToGuid(row.Id)!.Value, Octets.ToInstant(row.Started)!.Value, Octets.ToInstant(row.Ended))),
            ];
        }

        return windows;
    }
}
