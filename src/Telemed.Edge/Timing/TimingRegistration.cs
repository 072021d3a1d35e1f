using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Timing;

/// <summary>The room in the host.</summary>
public static class TimingRegistration
{
    /// <summary>The gateway's clock and what it is worth.</summary>
    public static IServiceCollection AddTiming(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TimingOptions>().Bind(configuration.GetSection("Timing")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TimingOptions>, TimingOptionsValidation>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => BootClock.OfThisMachine(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IUnitClock>(provider => provider.GetRequiredService<GatewayClock>());
        return services.AddSingleton<GatewayClock>();
    }

    private sealed class TimingOptionsValidation : IValidateOptions<TimingOptions>
    {
        public ValidateOptionsResult Validate(string? name, TimingOptions options) =>
            TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"Timing:TimeZone is '{options.TimeZone}'; allowed: a zone of the tz database, such as America/Mexico_City.");
    }
}
