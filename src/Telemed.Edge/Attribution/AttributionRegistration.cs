using Telemed.Edge.Ble;

namespace Telemed.Edge.Attribution;

/// <summary>The room in the host.</summary>
public static class AttributionRegistration
{
    /// <summary>Sessions and enrolled meters, kept in <paramref name="path"/>.</summary>
    public static IServiceCollection AddAttribution(this IServiceCollection services, Func<IServiceProvider, string> path)
    {
        services.AddSingleton(provider => new AttributionStore(path(provider), provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton<IEnrolledDevices>(provider => provider.GetRequiredService<AttributionStore>());
    }
}
