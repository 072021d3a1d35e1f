using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>What a PIN was answered with.</summary>
public enum PinAnswer
{
    /// <summary>It is hers.</summary>
    Accepted,

    /// <summary>It is not, or there is no such account: which of the two is not told.</summary>
    Wrong,

    /// <summary>Too many wrong ones: this one was not looked at.</summary>
    Wait,
}

/// <summary>The answer; <paramref name="Nurse"/> when accepted; <paramref name="WaitFor"/>: how long no further PIN is looked at, zero when at once.</summary>
public sealed record PinOutcome(PinAnswer Answer, Nurse? Nurse, TimeSpan WaitFor);

/// <summary>
/// Who works here, and the check of their PINs. A PIN has few digits, so what protects it is the waiting: after some wrong ones each further
/// one costs twice as long, per account, counted by the boot's clock and over restarts. Any thread.
/// </summary>
public sealed class Nurses(Roster roster, AttributionStore store, GatewayClock clock, IOptions<AttributionOptions> options)
{
    private const int FreeAttempts = 4;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TimeSpan> _waitUntil = [];

    /// <summary>Those on the unit's list, or those of the configuration while there is no list.</summary>
    public ImmutableArray<Nurse> All => roster.Held is { } held
        ? held.Nurses
        : [.. options.Value.Nurses.Select(nurse => new Nurse(nurse.Account, nurse.DisplayName, nurse.PinVerifier))];

    /// <summary>
    /// Checks a PIN in the same time whether the account exists or not. A wrong one is written down before the answer.
    /// </summary>
    public async Task<PinOutcome> VerifyAsync(string account, string pin)
    {
        var nurse = All.FirstOrDefault(candidate => candidate.Account == account);
        if (nurse is not null && WaitOf(account) is { } wait && wait > TimeSpan.Zero)
        {
            return new PinOutcome(PinAnswer.Wait, null, wait);
        }

        // Off the caller's thread: it is meant to take its time.
        if (await Task.Run(() => PinVerifier.IsRight(nurse?.PinVerifier, pin)).ConfigureAwait(false) && nurse is not null)
        {
            lock (_lock)
            {
                _waitUntil.Remove(account);
                store.Execute("DELETE FROM pin_failures WHERE account = $account", ("$account", account));
            }

            return new PinOutcome(PinAnswer.Accepted, nurse, TimeSpan.Zero);
        }

        return new PinOutcome(PinAnswer.Wrong, null, nurse is null ? TimeSpan.Zero : CountWrong(account));
    }

    private TimeSpan WaitOf(string account)
    {
        lock (_lock)
        {
            if (!_waitUntil.TryGetValue(account, out var until))
            {
                // After a restart the wait begins anew: pulling the plug shortens nothing.
                until = clock.Now.SinceBoot + WaitAfter(FailuresOf(account));
                _waitUntil[account] = until;
            }

            return until - clock.Now.SinceBoot;
        }
    }

    private TimeSpan CountWrong(string account)
    {
        lock (_lock)
        {
            store.Execute(
                "INSERT INTO pin_failures (account, count) VALUES ($account, 1) ON CONFLICT (account) DO UPDATE SET count = count + 1", ("$account", account));
            var wait = WaitAfter(FailuresOf(account));
            _waitUntil[account] = clock.Now.SinceBoot + wait;
            return wait;
        }
    }

    private int FailuresOf(string account) =>
        store.Query("SELECT count FROM pin_failures WHERE account = $account", row => row.GetInt32(0), ("$account", account)).FirstOrDefault();

    private static TimeSpan WaitAfter(int failures)
    {
        if (failures < FreeAttempts)
        {
            return TimeSpan.Zero;
        }

        var wait = FirstWait * Math.Pow(2, Math.Min(failures - FreeAttempts, 16));
        return wait < LongestWait ? wait : LongestWait;
    }
}
