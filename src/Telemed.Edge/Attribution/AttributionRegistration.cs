using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;
using Telemed.Edge.Timing;

namespace Telemed.Edge.Attribution;

/// <summary>The room in the host.</summary>
public static class AttributionRegistration
{
    /// <summary>
    /// Meters, sessions, the unit's list, the worklist: section "Attribution", checked at start; its file is <paramref name="path"/>. Needs the
    /// outbox and the gateway's clock.
    /// </summary>
    public static IServiceCollection AddAttribution(
        this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, string> path)
    {
        services.AddOptions<AttributionOptions>().Bind(configuration.GetSection("Attribution")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AttributionOptions>, AttributionOptionsValidation>();
        services.AddSingleton(provider => new AttributionStore(
            path(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<GatewayClock>()));
        services.AddSingleton<IEnrolledDevices>(provider => provider.GetRequiredService<AttributionStore>());
        services.AddSingleton<AttributionFeed>().AddSingleton<SensorRuns>();
        services.AddSingleton<Roster>().AddSingleton<Nurses>().AddSingleton<Patients>();
        services.AddSingleton<Sessions>().AddSingleton<Readings>().AddSingleton<AskedMeasurements>().AddSingleton<Worklist>();
        services.AddHostedService<AttributionTidying>();
        return services.AddSingleton<Attributor>();
    }
}
