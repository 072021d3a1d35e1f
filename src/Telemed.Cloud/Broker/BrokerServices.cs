namespace Telemed.Cloud.Broker;

/// <summary>The room's registrations.</summary>
internal static class BrokerServices
{
    public static IServiceCollection AddBroker(this IServiceCollection services, MqttOptions options)
    {
        services.AddSingleton(options).AddSingleton<BrokerAddress>();
        return options.Host is null ? services.AddHostedService<BrokerWorker>() : services;
    }
}
