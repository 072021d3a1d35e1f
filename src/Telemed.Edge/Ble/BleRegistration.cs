using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble.BlueZ;

namespace Telemed.Edge.Ble;

/// <summary>The room in the host.</summary>
public static class BleRegistration
{
    /// <summary>
    /// Radio and visits. The main path has to register <see cref="IVisitSink"/>, enrolment <see cref="IEnrolledDevices"/>, whoever keeps
    /// the time <see cref="IUnitClock"/>, and who knows makes and models <see cref="IMeterHabits"/>.
    /// </summary>
    public static IServiceCollection AddBle(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<BleOptions>().Bind(configuration.GetSection("Ble")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BleOptions>, BleOptionsValidation>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => BootClock.OfThisMachine(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IBleCentral, BlueZCentral>();
        services.AddMetrics();
        services.AddSingleton<BleMetrics>();
        services.AddSingleton<VisitLog>();
        services.AddSingleton<VisitPermits>();
        services.AddSingleton<RefusedMeters>();
        services.AddSingleton<RetiredMeters>();
        services.AddPairing(configuration);
        return services.AddHostedService<BleWorker>();
    }

    private static void AddPairing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PairingOptions>().Bind(configuration.GetSection("Pairing")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PairingOptions>, PairingOptionsValidation>();
        services.AddSingleton<PairingDesk>();
        services.AddSingleton<IPairingPrompt>(provider => provider.GetRequiredService<PairingDesk>());
        services.AddSingleton<MeterPairing>();
    }
}
