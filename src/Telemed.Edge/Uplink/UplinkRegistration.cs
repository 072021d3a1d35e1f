using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telemed.Mqtt;

namespace Telemed.Edge.Uplink;

/// <summary>What this room gives the host.</summary>
public static class UplinkRegistration
{
    /// <summary>The <see cref="UplinkWorker"/>, set up by section "Uplink", checked at start. Needs the outbox and <see cref="GatewayOptions"/>.</summary>
    public static IServiceCollection AddUplink(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<UplinkOptions>().Bind(configuration.GetSection("Uplink")).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<UplinkOptions>, UplinkOptionsValidation>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MqttClientFactory>(_ => options => new MosquittoClient(options));
        services.TryAddSingleton<LinkMonitor>();
        services.TryAddSingleton<RosterDelivery>();
        services.TryAddSingleton<CommandDesk>();
        services.TryAddSingleton<LinkPost>();
        services.TryAddSingleton<LiveLane>();
        services.TryAddSingleton<LinkTime>();
        services.AddMetrics();
        services.TryAddSingleton<DataUse>();
        services.AddHostedService<UplinkWorker>();
        return services;
    }
}
