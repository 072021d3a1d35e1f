using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim;

/// <summary>
/// What all meters of a simulation share. Everything that happens, from a timer, a link or a person, happens with
/// <see cref="Gate"/> held: meters and links need no locks of their own and can call each other freely.
/// </summary>
/// <param name="Time">The true time. A meter shows its own clock's.</param>
/// <param name="Zone">Where the meters are: their clocks show wall time.</param>
/// <param name="Ledger">What was measured and sent; the meters' memory over restarts.</param>
/// <param name="Patient">Who is measured.</param>
public sealed record World(TimeProvider Time, TimeZoneInfo Zone, Ledger Ledger, Patient Patient) : IDisposable
{
    /// <summary>One lock for the whole simulated world.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The true instant.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Nothing happens any more.</summary>
    public bool Ended { get; private set; }

    /// <summary>Ends everything that was to happen, and closes the ledger.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            Ended = true;
            Ledger.Dispose();
        }
    }

    /// <summary>Calls <paramref name="then"/> once, with the gate held, unless the alarm is disposed of before.</summary>
    public Alarm After(TimeSpan delay, Action then) => new(this, delay, Timeout.InfiniteTimeSpan, then);

    /// <summary>Calls <paramref name="then"/> again and again, first after one period, until the alarm is disposed of.</summary>
    public Alarm Every(TimeSpan period, Action then) => new(this, period, period, then);
}

/// <summary>A timer of the world. Disposing of it with the gate held makes sure that it does not ring any more.</summary>
public sealed class Alarm : IDisposable
{
    private readonly ITimer _timer;
    private bool _off;

    internal Alarm(World world, TimeSpan delay, TimeSpan period, Action then) =>
        _timer = world.Time.CreateTimer(_ =>
        {
            lock (world.Gate)
            {
                if (!_off && !world.Ended)
                {
                    then();
                }
            }
        }, null, delay, period);

    /// <inheritdoc/>
    public void Dispose()
    {
        _off = true;
        _timer.Dispose();
    }
}
