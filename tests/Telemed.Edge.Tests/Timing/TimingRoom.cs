using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;
using Telemed.Edge.Timing;

namespace Telemed.Edge.Tests.Timing;

/// <summary>A machine whose clocks are as the test says.</summary>
internal sealed class TestMachine : IMachineClock
{
    /// <summary>How well a time service keeps the wall clock; null: none does.</summary>
    public TimeSpan? Kept { get; set; }

    /// <summary>What the clock chip shows; null: there is none.</summary>
    public DateTimeOffset? ChipShows { get; set; }

    public TimeSpan? KeptWithin() => Kept;

    public DateTimeOffset? Chip() => ChipShows;
}

/// <summary>The room as the host wires it, on a file of the test's own; somebody vouches for the clock unless the test gives it a machine.</summary>
internal sealed class TimingRoom : IDisposable
{
    public TimingRoom(string folder, TimeProvider time, BootClock? boot = null, IMachineClock? machine = null, TimingOptions? options = null)
    {
        Boot = boot ?? new BootClock(Guid.Parse("b0071d00-0000-4000-8000-000000000001"), TimeSpan.FromHours(1), time);
        options ??= new TimingOptions { Source = machine is null ? ClockSource.Trusted : ClockSource.Kernel, TimeZone = "America/Monterrey" };
        Store = new TimingStore(Path.Combine(folder, options.Path));
        Clock = new GatewayClock(time, Options.Create(options), Boot, machine ?? new TestMachine(), Store, NullLogger<GatewayClock>.Instance);
        Meters = new MeterClocks(Store, Boot);
        Times = new ReadingTimes(Clock, Meters);
    }

    public BootClock Boot { get; }

    public TimingStore Store { get; }

    public GatewayClock Clock { get; }

    public MeterClocks Meters { get; }

    public ReadingTimes Times { get; }

    public void Dispose() => Store.Dispose();
}
