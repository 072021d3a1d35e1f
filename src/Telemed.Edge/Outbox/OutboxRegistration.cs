using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Outbox;

/// <summary>What this room gives the host.</summary>
public static class OutboxRegistration
{
    /// <summary>One <see cref="DurableOutbox"/>, set up by section "Outbox", checked at start.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutboxOptions>().Bind(configuration.GetSection("Outbox")).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OutboxOptions>, OutboxOptionsValidation>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DurableOutbox>();
        services.TryAddSingleton<OutboxMetrics>();
        return services;
    }
}
