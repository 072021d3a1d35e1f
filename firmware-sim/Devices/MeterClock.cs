namespace Telemed.FirmwareSim.Devices;

/// <summary>How a meter's clock behaves until somebody sets it.</summary>
/// <param name="Error">How far it is ahead of the true wall time.</param>
/// <param name="DriftPpm">How much it gains, in millionths.</param>
/// <param name="IsSet">False: the batteries were changed and nobody has set it; it runs from 1 January 2000, 00:00.</param>
/// <param name="OffsetMinutes">
/// For a glucometer: its base clock was never touched, and the user's own setting is kept as an offset from it.
/// </param>
public sealed record ClockSetting(TimeSpan Error = default, double DriftPpm = 0, bool IsSet = true, short OffsetMinutes = 0);

/// <summary>A meter's own clock: wall time without a zone, wrong by an error and drifting. Persisted in the ledger.</summary>
public sealed class MeterClock
{
    private static readonly DateTime Unset = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    private readonly World _world;
    private readonly string _meter;
    private readonly double _driftPpm;
    private DateTimeOffset _setAt;
    private DateTime _setTo;

    /// <summary>Takes the clock up where the ledger left it, or starts it as the setting says.</summary>
    public MeterClock(World world, string meter, ClockSetting setting)
    {
        _world = world;
        _meter = meter;
        _driftPpm = setting.DriftPpm;
        if (world.Ledger.Of(meter).Clock is { DeviceTime: { } to } line)
        {
            (_setAt, _setTo, OffsetMinutes) = (line.Time, to, line.OffsetMinutes ?? 0);
            return;
        }

        var local = TimeZoneInfo.ConvertTime(world.Now, world.Zone).DateTime;
        Keep(world.Now, setting.IsSet ? local + setting.Error - Minutes(setting.OffsetMinutes) : Unset, setting.OffsetMinutes);
    }

    /// <summary>Minutes from <see cref="Base"/> to what the screen shows.</summary>
    public short OffsetMinutes { get; private set; }

    /// <summary>Somebody has set it: it does not still count from 2000.</summary>
    public bool IsSet => Base(_world.Now) is { Year: > 2001 };

    /// <summary>The base clock at a true instant.</summary>
    public DateTime Base(DateTimeOffset at) => _setTo + ((at - _setAt) * (1 + (_driftPpm / 1e6)));

    /// <summary>What the screen shows at a true instant.</summary>
    public DateTime Screen(DateTimeOffset at) => Base(at) + Minutes(OffsetMinutes);

    /// <summary>Sets base clock and screen alike: what a cuff does.</summary>
    public void Set(DateTime local) => Keep(_world.Now, local, 0);

    /// <summary>
    /// Sets the screen and leaves the base clock alone but for its seconds: what a glucometer does, so that stored records
    /// keep their time line. A change beyond the 16-bit offset starts a new time line.
    /// </summary>
    public void SetScreen(DateTime local)
    {
        var offset = Math.Round((local - Base(_world.Now)).TotalMinutes);
        if (Math.Abs(offset) < short.MaxValue)
        {
            Keep(_world.Now, local - Minutes(offset), (short)offset);
        }
        else
        {
            Set(local);
        }
    }

    private void Keep(DateTimeOffset at, DateTime to, short offset)
    {
        (_setAt, _setTo, OffsetMinutes) = (at, DateTime.SpecifyKind(to, DateTimeKind.Unspecified), offset);
        _world.Ledger.Append(new LedgerLine
        {
            Event = LedgerEvent.Clock,
            Meter = _meter,
            Time = at,
            DeviceTime = _setTo,
            OffsetMinutes = offset,
        });
    }

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);
}
