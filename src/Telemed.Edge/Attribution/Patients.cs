using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Attribution;

/// <summary>Somebody who may be measured here; <paramref name="Provisional"/>: enrolled at this unit and not on its list (yet).</summary>
public sealed record KnownPatient(PatientId Id, Person Person, bool Provisional)
{
    /// <summary>Nothing of the person.</summary>
    public override string ToString() => Id.ToString();
}

/// <summary>Somebody who is expected today, with what she comes for.</summary>
public sealed record ExpectedPatient(KnownPatient Patient, Appointment Appointment);

/// <summary>What came of an enrolment: the patient, or the questions that are open.</summary>
public sealed record EnrolOutcome(KnownPatient? Enrolled, ImmutableArray<FormQuestion> Questions);

/// <summary>
/// Who may be measured here: the unit's list, and the walk-ins enrolled at this gateway, who can be measured at once, link or no link. A
/// walk-in's names lie sealed in the outbox's file, in the commit that also tells the cloud. Any thread.
/// </summary>
public sealed class Patients
{
    private const byte DocumentKind = 2;
    private const int FoundAtMost = 20;
    private const int ShortestWord = 2;

    private static readonly TimeSpan WalkInKept = TimeSpan.FromDays(2);

    private readonly Roster _roster;
    private readonly DurableOutbox _outbox;
    private readonly GatewayClock _clock;
    private ImmutableDictionary<PatientId, WalkIn> _walkIns;

    /// <summary>Reads the walk-ins that are still kept.</summary>
    public Patients(Roster roster, DurableOutbox outbox, GatewayClock clock)
    {
        (_roster, _outbox, _clock) = (roster, outbox, clock);
        _walkIns = outbox.Kept(DocumentKind, 0)
            .Select(row => row.Payload is { } payload ? JsonSerializer.Deserialize(payload, WalkInJson.Default.WalkIn) : null)
            .OfType<WalkIn>()
            .ToImmutableDictionary(walkIn => walkIn.Id);
    }

    /// <summary>Raised when somebody was enrolled; quick, and no more than a sign.</summary>
    public event Action? Changed;

    /// <summary>The day at the unit.</summary>
    public DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(_clock.Now.Wall, _clock.Zone).DateTime);

    /// <summary>Who has an appointment on the unit's day, by time. All that the list has while the clock is not known: which day it is
    /// cannot be told then.</summary>
    public ImmutableArray<ExpectedPatient> Expected
    {
        get
        {
            if (_roster.Held is not { } held)
            {
                return [];
            }

            var (today, known) = (Today, _clock.Confidence != ClockConfidence.Unknown);
            return
            [
                .. from appointment in held.Appointments
                   where !known || DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(appointment.Scheduled, _clock.Zone).DateTime) == today
                   orderby appointment.Scheduled
                   let patient = held.Patients.FirstOrDefault(patient => patient.Id == appointment.Patient)
                   where patient is not null
                   select new ExpectedPatient(new KnownPatient(patient.Id, patient.Person, Provisional: false), appointment),
            ];
        }
    }

    /// <summary>The patient with this id; null when she is on no list here.</summary>
    public KnownPatient? Find(PatientId id) =>
        _roster.Held?.Patients.FirstOrDefault(patient => patient.Id == id) is { } listed ? new KnownPatient(listed.Id, listed.Person, Provisional: false)
        : _walkIns.TryGetValue(id, out var walkIn) ? new KnownPatient(id, walkIn.Person, Provisional: true)
        : null;

    /// <summary>
    /// By words of the name (each the beginning of one, in any order, without regard to accents and case; N finds Ñ too), by a CURP or its
    /// beginning, or by an NSS. At most twenty: first those whose names stand in the order of the words, then those who are expected today.
    /// </summary>
    public ImmutableArray<KnownPatient> Search(string text)
    {
        var (key, words) = (Curp.Normalise(text), WordsOf(text));
        if (words.Length == 0 || words.All(word => word.Length < ShortestWord))
        {
            return [];
        }

        var expected = Expected.Select(expected => expected.Patient.Id).ToHashSet();
        return
        [
            .. All().Where(patient => MatchesKey(patient.Person, key) || MatchesWords(patient.Person, words))
                .OrderByDescending(patient => AsWritten(patient.Person, words)).ThenByDescending(patient => expected.Contains(patient.Id)).Take(FoundAtMost),
        ];
    }

    /// <summary>
    /// The one of <see cref="Search"/> whom the text can mean: the only one found, or the only one whose names stand in the order of the
    /// words, surnames or given name first. Null when there is none, or several.
    /// </summary>
    public KnownPatient? Meant(string text)
    {
        var (found, words) = (Search(text), WordsOf(text));
        return found switch
        {
            [var only] => only,
            [var first, var second, ..] when AsWritten(first.Person, words) && !AsWritten(second.Person, words) => first,
            _ => null,
        };
    }

    /// <summary>What a scanner read from a card or a paper, or a hand typed: whose key is in it, and what is known of her.</summary>
    public ScanOutcome Scan(string text)
    {
        var scan = ScannedText.Read(text, Today);
        var found = scan.Curp is { } curp ? All().Where(patient => Curp.Normalise(patient.Person.Curp) == curp.Value)
            : scan.Nss is { } nss ? All().Where(patient => Nss.Normalise(patient.Person.Nss) == nss.Value)
            : [];
        return scan with { Found = [.. found] };
    }

    /// <summary>What there is to ask about what stands in a walk-in's form so far.</summary>
    public ImmutableArray<FormQuestion> Ask(Person form) => WalkInForm.Check(WalkInForm.Cleaned(form), Today, All());

    /// <summary>
    /// Enrols a walk-in, or asks. <paramref name="confirmed"/>: the codes of the questions that the nurse has answered with "it is so". The
    /// patient can be measured when this returns, and goes to the cloud before her readings.
    /// </summary>
    public async Task<EnrolOutcome> EnrolAsync(Person form, string nurse, IReadOnlySet<string> confirmed)
    {
        var person = WalkInForm.Cleaned(form);
        ImmutableArray<FormQuestion> questions =
            [.. Ask(person).Where(question => !question.MayConfirm || !confirmed.Contains(question.Code))];
        if (questions.Length > 0)
        {
            return new EnrolOutcome(null, questions);
        }

        var now = _clock.Now;
        var walkIn = new WalkIn(new PatientId(Guid.NewGuid()), person, nurse, now);
        var provisional = new ProvisionalPatient(walkIn.Id, person, nurse, DateTimeOffset.FromUnixTimeMilliseconds(now.Wall.ToUnixTimeMilliseconds()));
        await _outbox.AppendAsync(new OutboxWrite
        {
            Keep = [new KeptDocument(DocumentKind, walkIn.Id.Value, JsonSerializer.SerializeToUtf8Bytes(walkIn, WalkInJson.Default.WalkIn))],
            Entries =
            [
                (provisional.At, new OutboxDraft(
                    OutboxLane.Urgent, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, provisional)])) { Sealed = true }),
            ],
        }).ConfigureAwait(false);
        ImmutableInterlocked.TryAdd(ref _walkIns, walkIn.Id, walkIn);
        Changed?.Invoke();
        return new EnrolOutcome(new KnownPatient(walkIn.Id, person, Provisional: true), []);
    }

    /// <summary>Lets go of the names of walk-ins of past days; the cloud has them. The age is what has certainly passed.</summary>
    public async Task TidyAsync()
    {
        var old = _walkIns.Values.Where(walkIn => _clock.AgeAtLeast(walkIn.At) > WalkInKept).Select(walkIn => walkIn.Id).ToArray();
        if (old.Length > 0)
        {
            await _outbox.AppendAsync(new OutboxWrite { Forget = [.. old.Select(id => (DocumentKind, id.Value))] }).ConfigureAwait(false);
            ImmutableInterlocked.Update(ref _walkIns, walkIns => walkIns.RemoveRange(old));
            Changed?.Invoke();
        }
    }

    private IEnumerable<KnownPatient> All() =>
        (_roster.Held?.Patients ?? []).Select(patient => new KnownPatient(patient.Id, patient.Person, Provisional: false))
        .Concat(_walkIns.Values.OrderByDescending(walkIn => walkIn.At.Wall).Select(walkIn => new KnownPatient(walkIn.Id, walkIn.Person, Provisional: true)));

    private static bool MatchesKey(Person person, string key) =>
        key.Length >= 4 && (Curp.Normalise(person.Curp).StartsWith(key, StringComparison.Ordinal) || (key.Length >= 10 && Nss.Normalise(person.Nss) == key));

    private static string[] WordsOf(string text) => Folded(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static bool MatchesWords(Person person, string[] words)
    {
        var names = WordsOf(person.FullName);
        return Array.TrueForAll(words, word => Array.Exists(names, name => Begins(name, word)));
    }

    // As lists have it, García López Ana, or as people say it, Ana García López; what stands between may be left out.
    private static bool AsWritten(Person person, string[] words)
    {
        var (given, first, second) = (WordsOf(person.GivenName), WordsOf(person.FirstSurname), WordsOf(person.SecondSurname));
        return words.Length > 0
            && ((Array.Exists(first, name => Begins(name, words[0])) && InOrder([.. first, .. second, .. given], words))
                || (Array.Exists(given, name => Begins(name, words[0])) && InOrder([.. given, .. first, .. second], words)));
    }

    private static bool InOrder(string[] names, string[] words) =>
        names.Aggregate(0, (matched, name) => matched < words.Length && Begins(name, words[matched]) ? matched + 1 : matched) == words.Length;

    private static bool Begins(string name, string word) =>
        name.StartsWith(word, StringComparison.Ordinal) || name.Replace('Ñ', 'N').StartsWith(word, StringComparison.Ordinal);

    /// <summary>Upper case without accents; Ñ stays Ñ.</summary>
    internal static string Folded(string text) => string.Concat(
        text.ToUpperInvariant().Normalize(NormalizationForm.FormC)
            .Select(letter => letter == 'Ñ' ? "Ñ" : string.Concat(letter.ToString().Normalize(NormalizationForm.FormD)
                .Where(part => CharUnicodeInfo.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark))));

    internal sealed record WalkIn(PatientId Id, Person Person, string Nurse, GatewayMoment At);
}

/// <summary>The walk-ins' serialiser, made when the program is built.</summary>
[JsonSerializable(typeof(Patients.WalkIn))]
internal sealed partial class WalkInJson : JsonSerializerContext;
