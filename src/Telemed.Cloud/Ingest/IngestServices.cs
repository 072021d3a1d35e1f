namespace Telemed.Cloud.Ingest;

/// <summary>The room's registrations.</summary>
internal static class IngestServices
{
    public static IServiceCollection AddIngest(this IServiceCollection services, IngestOptions options) =>
        services.AddSingleton(options).AddSingleton<ObservationIngest>().AddSingleton<CommandLane>().AddHostedService<MqttIngestWorker>();
}
