namespace Telemed.DBus;

/// <summary>Settings of a <see cref="DBusConnection"/>; the defaults are for a bus on the same machine.</summary>
public sealed record DBusOptions
{
    /// <summary>Time limit of a call that names none; more than zero, or Timeout.InfiniteTimeSpan.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Wait before the first attempt to come back; doubled after each attempt that fails. More than zero.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between two attempts; not less than <see cref="FirstBackOff"/>.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of time limits and back-off.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Told on the loop thread of what has no caller to be thrown at: an exception out of a signal handler or an event, a
    /// name that could not be had again after a reconnect. The connection goes on. Standard error when not set.
    /// </summary>
    public Action<Exception> OnFault { get; init; } = static fault => Console.Error.WriteLine($"D-Bus: {fault}");

    internal TimeSpan BackOff(int attempt) =>
        TimeSpan.FromTicks((long)Math.Min(FirstBackOff.Ticks * Math.Pow(2, attempt), LongestBackOff.Ticks));

    internal DBusOptions Checked()
    {
        RequirePositive(nameof(CallTimeout), CallTimeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : CallTimeout);
        RequirePositive(nameof(FirstBackOff), FirstBackOff);
        return LongestBackOff >= FirstBackOff
            ? this
            : throw new ArgumentException(
                $"{nameof(LongestBackOff)} is {LongestBackOff}: at least {nameof(FirstBackOff)} ({FirstBackOff}) is allowed.");
    }

    private static void RequirePositive(string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero)
        {
            throw new ArgumentException($"{key} is {value}: more than zero is allowed.");
        }
    }
}
