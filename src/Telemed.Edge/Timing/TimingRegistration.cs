using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Timing;

/// <summary>The room in the host.</summary>
public static class TimingRegistration
{
    /// <summary>The gateway's clock and the meters', and what they are worth; <paramref name="folder"/> is where they are remembered.</summary>
    public static IServiceCollection AddTiming(this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, string> folder)
    {
        services.AddOptions<TimingOptions>().Bind(configuration.GetSection("Timing")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TimingOptions>, TimingOptionsValidation>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => BootClock.OfThisMachine(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IMachineClock, LinuxClock>();
        services.AddSingleton(provider => new TimingStore(Path.Combine(folder(provider), provider.GetRequiredService<IOptions<TimingOptions>>().Value.Path)));
        services.AddSingleton<IUnitClock>(provider => provider.GetRequiredService<GatewayClock>());
        services.AddSingleton<GatewayClock>();
        services.AddSingleton<MeterClocks>();
        services.AddSingleton<ReadingTimes>();
        return services.AddHostedService<ClockWatch>();
    }
}
