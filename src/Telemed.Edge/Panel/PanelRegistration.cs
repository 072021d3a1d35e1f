using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Panel;

/// <summary>The room in the host.</summary>
public static class PanelRegistration
{
    /// <summary>The panel by section "Panel", checked at start: on GPIO lines, or simulated where no chip is configured.</summary>
    public static IServiceCollection AddPanel(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PanelOptions>().Bind(configuration.GetSection("Panel")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PanelOptions>, PanelOptionsValidation>();
        services.TryAddSingleton<IPanel>(provider => provider.GetRequiredService<IOptions<PanelOptions>>().Value.Chip.Length == 0
            ? ActivatorUtilities.CreateInstance<SimulatedPanel>(provider)
            : ActivatorUtilities.CreateInstance<GpioPanel>(provider));
        services.AddSingleton<PanelMonitor>();
        services.AddSingleton<PanelPairing>();
        services.AddSingleton<HelpCalls>();
        return services.AddHostedService<PanelWorker>();
    }
}
