using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Local;

/// <summary>A nurse as the page names her: an account, and the name for people.</summary>
public sealed record NurseName(string Account, string Name);

/// <summary>A signed-in nurse. <paramref name="Left"/>: in how long it ends unless she does something.</summary>
public sealed record SignedIn(NurseName Nurse, TimeSpan Left);

/// <summary>
/// Who is signed in where, in memory only: a box that starts anew asks everybody again. A browser holds a random token, this table
/// only its hash. Times by the monotonic clock, since the box's wall clock may jump.
/// </summary>
public sealed class SignIns(IOptions<LocalOptions> options, TimeProvider time)
{
    // More tablets than a clinic has; the longest unused makes room.
    private const int Most = 200;

    private readonly Lock _gate = new();
    private ImmutableDictionary<string, Entry> _entries = ImmutableDictionary<string, Entry>.Empty;

    /// <summary>Signs a nurse in; gives the token for her browser.</summary>
    public string Begin(NurseName nurse)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var kept = _entries.Where(entry => !IsOver(entry.Value)).OrderByDescending(entry => entry.Value.Used).Take(Most - 1);
            _entries = kept.ToImmutableDictionary().Add(HashOf(token), new Entry(nurse, now, now));
        }

        return token;
    }

    /// <summary>Who holds this token, or null when nobody does any more. With <paramref name="used"/> the idle time begins anew.</summary>
    public SignedIn? Find(string? token, bool used)
    {
        if (token is null)
        {
            return null;
        }

        lock (_gate)
        {
            var hash = HashOf(token);
            if (!_entries.TryGetValue(hash, out var entry))
            {
                return null;
            }

            if (IsOver(entry))
            {
                _entries = _entries.Remove(hash);
                return null;
            }

            if (used)
            {
                entry = entry with { Used = time.GetTimestamp() };
                _entries = _entries.SetItem(hash, entry);
            }

            return new SignedIn(entry.Nurse, LeftOf(entry));
        }
    }

    /// <summary>Signs out. Nothing happens when the token is not known.</summary>
    public void End(string? token)
    {
        if (token is not null)
        {
            lock (_gate)
            {
                _entries = _entries.Remove(HashOf(token));
            }
        }
    }

    private bool IsOver(Entry entry) => LeftOf(entry) <= TimeSpan.Zero;

    private TimeSpan LeftOf(Entry entry)
    {
        var idle = options.Value.SignInIdle - time.GetElapsedTime(entry.Used);
        var whole = options.Value.SignInLongest - time.GetElapsedTime(entry.Began);
        return idle < whole ? idle : whole;
    }

    private static string HashOf(string token) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private sealed record Entry(NurseName Nurse, long Began, long Used);
}
