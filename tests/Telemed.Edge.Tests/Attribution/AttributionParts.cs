using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Timing;
using Telemed.Edge.Timing;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>The room put together as the host does it, over a given file, outbox and clock.</summary>
internal sealed class AttributionParts : IDisposable
{
    public AttributionParts(
        AttributionStore meters, DurableOutbox outbox, TimingRoom timing, TimeProvider time, QuirkCatalogue? quirks = null,
        AttributionOptions? settings = null, GatewayClock? sessionClock = null)
    {
        var clock = timing.Clock;
        var gateway = Options.Create(new GatewayOptions { Id = "gw-test" });
        var options = Options.Create(settings ?? new AttributionOptions());
        Sessions = new Sessions(meters, sessionClock ?? clock, time, options, Feed);
        Roster = new Roster(meters, clock, Feed, NullLogger<Roster>.Instance);
        Patients = new Patients(Roster, outbox, clock);
        Nurses = new Nurses(Roster, meters, clock, options);
        Readings = new Readings(outbox, Feed, clock, gateway, NullLogger<Readings>.Instance);
        Worklist = new Worklist(Readings, Sessions, _runs, outbox, clock);
        Segments = new SeriesSegments(outbox, time, NullLogger<SeriesSegments>.Instance);
        Drafts = new ReadingDrafts(
            new Attributor(meters, Sessions, Roster), meters, Sessions, _runs, Readings, clock, timing.Times, timing.Meters, quirks ?? QuirkCatalogue.Embedded, gateway);
    }

    private readonly SensorRuns _runs = new();

    public AttributionFeed Feed { get; } = new();

    public Sessions Sessions { get; }

    public Roster Roster { get; }

    public Nurses Nurses { get; }

    public Patients Patients { get; }

    public Readings Readings { get; }

    public Worklist Worklist { get; }

    public ReadingDrafts Drafts { get; }

    public SeriesSegments Segments { get; }

    public void Dispose()
    {
        Segments.Dispose();
        Worklist.Dispose();
        Sessions.Dispose();
    }
}
