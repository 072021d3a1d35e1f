using Microsoft.Extensions.Options;
using Telemed.Vitals.Carried;

namespace Telemed.Edge.Carried;

/// <summary>Section "Carried": readings carried to the cloud by hand, and receipts carried back.</summary>
public sealed class CarriedOptions
{
    /// <summary>Where files are written and looked for; none: on any removable medium that is mounted.</summary>
    public string? Folder { get; set; }

    /// <summary>The cloud's public key, 65 octets in base64, for a box that has never had a link; none: it comes with the unit's list.</summary>
    public string? CloudKey { get; set; }
}

/// <summary>Tells every mistake in the section at once.</summary>
internal sealed class CarriedOptionsValidation : IValidateOptions<CarriedOptions>
{
    public ValidateOptionsResult Validate(string? name, CarriedOptions options)
    {
        List<string> mistakes = [];
        if (options.Folder is { } folder && !Path.IsPathFullyQualified(folder))
        {
            mistakes.Add($"Carried:Folder is '{folder}'; allowed: the full path of a folder.");
        }

        if (options.CloudKey is { Length: > 0 } key && !CarriedKey.IsPublic(key))
        {
            mistakes.Add($"Carried:CloudKey is '{key}'; allowed: 65 octets in base64, as the cloud's page Memoria USB shows them.");
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
