using Microsoft.Extensions.Options;

namespace Telemed.Edge.Carried;

/// <summary>What this room gives the host.</summary>
public static class CarriedRegistration
{
    /// <summary>One <see cref="CarriedSync"/>, set up by section "Carried". The gateway's key lies in <see cref="GatewayOptions.Data"/>.</summary>
    public static IServiceCollection AddCarried(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CarriedOptions>().Bind(configuration.GetSection("Carried")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CarriedOptions>, CarriedOptionsValidation>();
        services.AddSingleton(provider => CarriedKeyFile.Of(Path.Combine(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.Data, "carried.key")));
        return services.AddSingleton<CarriedSync>();
    }
}
