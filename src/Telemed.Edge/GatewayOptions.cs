using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge;

/// <summary>Where a gateway stands.</summary>
public enum GatewayMode
{
    /// <summary>In a health unit: shared meters, patient sessions, a nurse at the page.</summary>
    Clinic,

    /// <summary>At a patient's home: personal meters, and nobody who looks at a screen.</summary>
    Home,
}

/// <summary>Who this gateway is, section "Gateway", and where it keeps everything.</summary>
public sealed class GatewayOptions
{
    /// <summary>Its name in MQTT topics: 1 to 32 characters of a–z, 0–9 and hyphen. There is no default.</summary>
    public string Id { get; set; } = "";

    /// <summary>The folder of its databases.</summary>
    public string Data { get; set; } = "data/gateway";

    /// <summary>Where it stands.</summary>
    public GatewayMode Mode { get; set; } = GatewayMode.Clinic;

    /// <summary>The name, once validated.</summary>
    public GatewayId GatewayId => new(Id);
}

/// <summary>Who the gateway is, in the host.</summary>
public static class GatewayRegistration
{
    /// <summary>Section "Gateway", checked at start.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection("Gateway")).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidation>();
    }
}

/// <summary>Finds every mistake in the section at once.</summary>
internal sealed class GatewayOptionsValidation : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var mistakes = new List<string>();
        if (!Telemed.Vitals.GatewayId.IsValid(options.Id))
        {
            mistakes.Add($"Gateway:Id is '{options.Id}'; allowed: 1 to 32 characters of a-z, 0-9 and hyphen.");
        }

        if (string.IsNullOrWhiteSpace(options.Data))
        {
            mistakes.Add("Gateway:Data is empty; allowed: a folder.");
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
