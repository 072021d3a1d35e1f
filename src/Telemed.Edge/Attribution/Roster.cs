using System.Collections.Immutable;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Attribution;

/// <summary>
/// The unit's list as the cloud last sent it: who comes, who works here, the stations, which meters are somebody's own. On the disk it is
/// one sealed row, replaced whole or not at all. Any thread.
/// </summary>
public sealed partial class Roster
{
    // A day's patients may still be looked up on the next one; who stands without an appointment is let go with an old list.
    private static readonly TimeSpan KeptAfterAppointment = TimeSpan.FromDays(2);
    private static readonly TimeSpan KeptWithoutAppointment = TimeSpan.FromDays(30);

    private static readonly byte[] Place = "roster"u8.ToArray();

    private readonly AttributionStore _store;
    private readonly GatewayClock _clock;
    private readonly AttributionFeed _feed;
    private readonly Lock _lock = new();
    private UnitRoster? _held;

    /// <summary>Opens what is held.</summary>
    public Roster(AttributionStore store, GatewayClock clock, AttributionFeed feed, ILogger<Roster> log)
    {
        (_store, _clock, _feed) = (store, clock, feed);
        foreach (var (revision, payload) in store.Query("SELECT revision, payload FROM roster", row => ((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1))))
        {
            _held = Unseal(payload);
            if (_held is null)
            {
                // The cloud sends it again when we say that we hold none.
                LogUnreadable(log, revision);
            }
        }
    }

    /// <summary>Raised when another list was taken; quick, and no more than a sign.</summary>
    public event Action? Changed;

    /// <summary>The revision that is held; 0 when none is.</summary>
    public ulong Revision => Held?.Revision ?? 0;

    /// <summary>The list, without whose day is long past; null when none was ever sent.</summary>
    public UnitRoster? Held => Volatile.Read(ref _held);

    /// <summary>When the list was made, by the cloud's clock.</summary>
    public DateTimeOffset Made => Held?.Made ?? DateTimeOffset.MinValue;

    /// <summary>Meters that are somebody's own.</summary>
    public ImmutableArray<PersonalDevice> PersonalDevices => Held?.PersonalDevices ?? [];

    /// <summary>The unit's stations, and those where meters stand that the list does not know.</summary>
    public ImmutableArray<Station> Stations
    {
        get
        {
            var listed = Held?.Stations ?? [];
            var others = _store.Devices.Select(device => device.Station).Where(id => listed.All(station => station.Id != id)).Distinct().Order(StringComparer.Ordinal);
            return [.. listed, .. others.Select(id => new Station(id, id))];
        }
    }

    /// <summary>Takes a list when it is newer than the one held; durable. False when it is not newer.</summary>
    public bool Apply(UnitRoster roster)
    {
        lock (_lock)
        {
            if (roster.Revision <= Revision)
            {
                return false;
            }

            Write(roster);
        }

        Tell();
        return true;
    }

    /// <summary>Lets go of patients whose day is past. Nothing goes while the clock is not known.</summary>
    public void Tidy()
    {
        var now = _clock.Now;
        lock (_lock)
        {
            if (Held is not { } held || now.Confidence != ClockConfidence.Known)
            {
                return;
            }

            var appointments = held.Appointments.RemoveAll(appointment => now.Wall - appointment.Scheduled > KeptAfterAppointment);
            var (coming, owners) = (
                appointments.Select(appointment => appointment.Patient).ToHashSet(),
                held.PersonalDevices.Select(device => device.Patient).ToHashSet());
            var gone = held.Appointments.Select(appointment => appointment.Patient).Where(patient => !coming.Contains(patient)).ToHashSet();
            var patients = held.Patients.RemoveAll(patient => !owners.Contains(patient.Id)
                && (gone.Contains(patient.Id) || (!coming.Contains(patient.Id) && now.Wall - held.Made > KeptWithoutAppointment)));
            if (patients.Length == held.Patients.Length && appointments.Length == held.Appointments.Length)
            {
                return;
            }

            Write(held with { Patients = patients, Appointments = appointments });
        }

        Tell();
    }

    private void Write(UnitRoster roster)
    {
        var payload = _store.Key.Seal(CommandCodec.Encode(roster), Place);
        _store.Execute(
            "INSERT INTO roster (only_row, revision, payload) VALUES (1, $revision, $payload) "
            + "ON CONFLICT (only_row) DO UPDATE SET revision = excluded.revision, payload = excluded.payload",
            ("$revision", (long)roster.Revision), ("$payload", payload));
        Volatile.Write(ref _held, roster);
    }

    private void Tell()
    {
        _feed.Tell(new RosterChanged(Revision));
        Changed?.Invoke();
    }

    // Kept in the form in which it comes: what this program can read from the cloud it can read from its disk.
    private UnitRoster? Unseal(byte[] payload) =>
        _store.Key.Open(payload, Place) is { } octets && CommandCodec.TryDecode(octets, out var command, out _) ? command as UnitRoster : null;

    [LoggerMessage(2202, LogLevel.Error, "The unit's list, revision {Revision}, cannot be opened with this gateway's key; the cloud will be asked for it")]
    private static partial void LogUnreadable(ILogger log, ulong revision);
}
