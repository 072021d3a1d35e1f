using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Carried;
using Telemed.Edge.Local;
using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;
using Telemed.Edge.Uplink;
using Telemed.Vitals;
using Telemed.Vitals.Carried;

namespace Telemed.Edge;

/// <summary>Puts the gateway together: rooms in the order in which a reading passes them. Tests start it in the same way.</summary>
public static class EdgeHost
{
    /// <summary>
    /// Configuration comes from appsettings.json, the environment and the command line, in rising order. <paramref name="instead"/>
    /// registers what stands in the place of this machine's own: a clock that a test moves, another start after a power cut.
    /// </summary>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? instead = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.UseLocalCertificate();
        var (services, configuration) = (builder.Services, builder.Configuration);
        instead?.Invoke(services);
        services.AddGateway(configuration);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        services.AddTiming(configuration, provider => provider.GetRequiredService<IOptions<GatewayOptions>>().Value.Data);
        services.AddAttribution(configuration, provider => Path.Combine(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.Data, "attribution.db"));
        services.AddOutbox(configuration);
        services.AddOptions<OutboxOptions>().PostConfigure<IOptions<GatewayOptions>>((outbox, gateway) =>
            outbox.Path = Path.Combine(gateway.Value.Data, outbox.Path));
        services.AddSingleton(QuirkCatalogue.Embedded);
        services.AddSingleton<IMeterHabits>(QuirkCatalogue.Embedded);
        services.AddSingleton<ReadingDrafts>();
        services.AddSingleton<SeriesSegments>();
        services.AddSingleton<IVisitSink, VitalsPipeline>();
        services.AddBle(configuration);
        services.AddUplink(configuration);
        services.AddCarried(configuration);
        services.AddHostedService<Redating>();
        services.AddPanel(configuration);
        services.AddLocal(configuration);

        var app = builder.Build();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        StartingRoom.Secure(app.Services.GetRequiredService<IOptions<OutboxOptions>>().Value, app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.Data);
        app.Urls.Add(app.Services.GetRequiredService<IOptions<LocalOptions>>().Value.Url);
        app.MapLocal();
        app.Services.GetRequiredService<OutboxMetrics>();
        var (roster, delivery) = (app.Services.GetRequiredService<Roster>(), app.Services.GetRequiredService<RosterDelivery>());
        var carried = app.Services.GetRequiredService<CarriedSync>();
        (delivery.CarriedKey, carried.CloudKey) = (app.Services.GetRequiredService<CarriedKey>().Public, () => roster.Held?.CarriedKey);
        delivery.HeldRevision = () => roster.Revision;
        var commands = app.Services.GetRequiredService<CommandDesk>();
        commands.Take<UnitRoster>(list => roster.Apply(list));
        var live = app.Services.GetRequiredService<LiveLane>();
        commands.Take<LiveWatch>(live.Watch);
        var requests = app.Services.GetRequiredService<AskedMeasurements>();
        commands.Take<MeasurementRequests>(requests.Take);
        app.Services.GetRequiredService<PanelMonitor>().Requests = () => requests.Came;
        app.Services.GetRequiredService<ReadingDrafts>().Shown += live.Tell;
        var (clock, boot) = (app.Services.GetRequiredService<GatewayClock>(), app.Services.GetRequiredService<BootClock>());
        var link = app.Services.GetRequiredService<LinkTime>();
        link.Heard = (at, asked, answered) => clock.TakeLinkTime(at, boot.At(asked), boot.At(answered));
        link.Now = () => clock.NowWithin;
        return app;
    }
}
