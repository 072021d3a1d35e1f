using Telemed.Edge.Attribution;
using Telemed.FirmwareSim.Devices;
using Telemed.Vitals;

namespace Telemed.Morning.Tests;

/// <summary>A meter that another room may borrow. In use: by whom does not matter.</summary>
internal sealed class Shared(Glucometer meter, string home)
{
    public Glucometer Meter => meter;

    public string Home => home;

    public bool InUse { get; set; }
}

/// <summary>A station with its two meters, its nurse and the patients who come to it one after the other.</summary>
internal sealed class Room(
    string station, BloodPressureCuff cuff, TimeSpan inflation, Meter other, Shared shared, Truth truth, Random chance, Func<Box?> box)
{
    /// <summary>How well the nurse keeps step with what she measures.</summary>
    private enum Habit
    {
        /// <summary>The session first, then the measurement.</summary>
        InTime,

        /// <summary>The session once the cuff is inflating already.</summary>
        WhileInflating,

        /// <summary>The one before is closed; the session after the result.</summary>
        Afterwards,

        /// <summary>The one before is closed; no session at all.</summary>
        Never,

        /// <summary>Measured while the one before is still open. She sees it when she opens the session, and puts it right later.</summary>
        Forgotten,
    }

    // Nobody can tell a cuff that is begun under the next patient's name from one that is begun on her; a nurse is not early by more.
    private static readonly TimeSpan EarliestNext = TimeSpan.FromSeconds(18);

    public string Station => station;

    public IReadOnlyList<Meter> Meters => [cuff, other];

    /// <summary>The morning of this room, until the last patient has gone.</summary>
    public async IAsyncEnumerable<TimeSpan> MorningAsync(IReadOnlyList<PatientId> patients, Action done)
    {
        for (var i = 0; i < patients.Count; i++)
        {
            yield return Seconds(15, 70);
            await foreach (var wait in TryOutAsync())
            {
                yield return wait;
            }

            await foreach (var wait in PatientAsync(patients[i], i + 1 < patients.Count ? patients[i + 1] : null))
            {
                yield return wait;
            }
        }

        done();
    }

    private async IAsyncEnumerable<TimeSpan> PatientAsync(PatientId patient, PatientId? next)
    {
        // Opened early for the next one, while the one before is still in the cuff.
        var isOpen = box()?.Sessions.OpenAt(station)?.Patient == patient;
        var habit = isOpen ? Habit.InTime : chance.NextDouble() switch
        {
            < 0.78 => Habit.InTime,
            < 0.88 => Habit.WhileInflating,
            < 0.94 => Habit.Afterwards,
            < 0.97 => Habit.Never,
            _ => Habit.Forgotten,
        };
        if (habit == Habit.InTime && !isOpen)
        {
            Open(patient);
            yield return Seconds(3, 20);
        }
        else if (habit is Habit.Afterwards or Habit.Never)
        {
            Close();
            yield return Seconds(1, 5);
        }

        truth.Mistake(cuff, habit == Habit.Forgotten);
        await foreach (var wait in PressureAsync(patient, habit == Habit.WhileInflating ? () => Open(patient) : null))
        {
            yield return wait;
        }

        truth.Mistake(cuff, false);
        if (habit is Habit.Afterwards or Habit.Forgotten)
        {
            yield return Seconds(2, 60);
            Open(patient);
        }

        if (Happens(0.03))
        {
            // Somewhere else for a while: the session goes to sleep, and the patient comes back.
            yield return Seconds(660, 1100);
        }

        await foreach (var wait in OtherAsync(patient))
        {
            yield return wait;
        }

        if (box() is not null && box()!.Sessions.OpenAt(station) is null && habit != Habit.Never && Happens(0.6))
        {
            // Ended by a power cut or by idleness meanwhile, and seen.
            Open(patient);
        }

        var early = next is not null && habit == Habit.InTime && Happens(0.06);
        if (early || Happens(0.3))
        {
            yield return Seconds(20, 60);
            await foreach (var wait in PressureAsync(patient, early ? () => Open(next!.Value) : null, lastSeconds: early))
            {
                yield return wait;
            }
        }

        if (!early && Happens(0.65))
        {
            yield return Seconds(1, 30);
            Close();
        }
    }

    // meanwhile: what the nurse does while it inflates, at any time or in its last seconds.
    private async IAsyncEnumerable<TimeSpan> PressureAsync(PatientId patient, Action? meanwhile, bool lastSeconds = false)
    {
        if (Happens(0.05))
        {
            // Given up in the middle, and begun anew.
            truth.PutOn(cuff, patient);
            cuff.Measure();
            yield return Seconds(3, inflation.TotalSeconds - 1);
            cuff.Hold(true);
            cuff.Hold(false);
            yield return Seconds(10, 40);
        }

        if (Happens(0.02))
        {
            cuff.Suffer(Fault.NanPressures);
        }

        await Task.CompletedTask;
        truth.PutOn(cuff, patient);
        cuff.Measure();
        var earliest = lastSeconds ? Math.Max(0, (inflation - EarliestNext).TotalSeconds) : 0;
        var until = Seconds(earliest, inflation.TotalSeconds - 0.5);
        yield return until;
        meanwhile?.Invoke();
        yield return inflation - until + Seconds(0.6, 2);
        cuff.Recover();
        yield return Seconds(3, 25);
    }

    private async IAsyncEnumerable<TimeSpan> OtherAsync(PatientId patient)
    {
        if (!Happens(0.6))
        {
            yield break;
        }

        await Task.CompletedTask;
        if (other is PulseOximeter oximeter)
        {
            truth.PutOn(other, patient);
            oximeter.PutFinger(inside: true);
            yield return Seconds(9, 16);
            oximeter.PutFinger(inside: false);
            yield return Seconds(9, 15);
        }
        else if (other != shared.Meter || !shared.InUse)
        {
            shared.InUse |= other == shared.Meter;

            // The strip has drawn blood; the count-down runs.
            truth.PutOn(other, patient);
            yield return TimeSpan.FromSeconds(5);
            other.Measure();
            yield return Seconds(5, 30);
            shared.InUse &= other != shared.Meter;
        }

        if (other is PulseOximeter && Happens(0.3) && !shared.InUse && box() is not null)
        {
            // Borrowed from next door, which is said on the page before and after.
            shared.InUse = true;
            Move(shared.Meter, station);
            yield return Seconds(5, 20);
            truth.PutOn(shared.Meter, patient);
            yield return TimeSpan.FromSeconds(5);
            shared.Meter.Measure();
            yield return Seconds(5, 30);
            while (box() is null)
            {
                yield return Seconds(5, 30);
            }

            Move(shared.Meter, shared.Home);
            yield return Seconds(5, 20);
            shared.InUse = false;
        }
    }

    private void Move(Meter meter, string to) => box()!.Meters.Enrol(new EnrolledDevice(Radio.DeviceOf(meter), meter.Spec.Kind, to));

    /// <summary>What is nobody's: control solution at any time, the cuff on the nurse herself when nobody's session is open.</summary>
    private async IAsyncEnumerable<TimeSpan> TryOutAsync()
    {
        await Task.CompletedTask;
        if (Happens(0.02))
        {
            // Somebody sets a clock by hand, wrongly; or batteries were changed and it counts from long ago.
            Meter meter = Happens(0.5) ? cuff : other;
            meter.Suffer(Happens(0.5) ? Fault.ClockPlus60 : Fault.Clock1970);
            meter.Recover();
        }

        if (other is Glucometer && Happens(0.04) && (other != shared.Meter || !shared.InUse))
        {
            truth.PutOn(other, null);
            other.Suffer(Fault.ControlSolution);
            other.Measure();
            other.Recover();
            yield return Seconds(20, 60);
        }

        if (Happens(0.03) && (box() is null || box()!.Sessions.OpenAt(station) is null))
        {
            truth.PutOn(cuff, null);
            cuff.Measure();
            yield return inflation + Seconds(5, 60);
        }
    }

    private void Open(PatientId patient) => box()?.Sessions.Open(station, patient, "enfermera-" + station[^1]);

    private void Close()
    {
        if (box()?.Sessions is { } sessions && sessions.OpenAt(station) is { } open)
        {
            sessions.Close(open.Id);
        }
    }

    private bool Happens(double probability) => chance.NextDouble() < probability;

    private TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * chance.NextDouble()));
}
