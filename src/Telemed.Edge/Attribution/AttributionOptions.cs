using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>Section "Attribution".</summary>
public sealed class AttributionOptions
{
    /// <summary>A session at which nothing is measured or touched for so long ends. 1 minute to 4 hours.</summary>
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>So long before it ends the page says so and offers to keep it. 5 seconds to half of IdleAfter.</summary>
    public TimeSpan IdleWarning { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Who may sign in before the unit's list has come; not regarded any more once it has.</summary>
    public IList<NurseSetting> Nurses { get; } = [];
}

/// <summary>A nurse by configuration.</summary>
public sealed class NurseSetting
{
    /// <summary>The account's name, 1 to 64 characters.</summary>
    public string Account { get; set; } = "";

    /// <summary>What the page shows.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>pbkdf2-sha256$iterations$salt$hash, the last two in base64.</summary>
    public string PinVerifier { get; set; } = "";
}

/// <summary>Tells every mistake in section "Attribution" at once.</summary>
internal sealed class AttributionOptionsValidation : IValidateOptions<AttributionOptions>
{
    public ValidateOptionsResult Validate(string? name, AttributionOptions options)
    {
        List<string> mistakes = [];
        Range(nameof(options.IdleAfter), options.IdleAfter, TimeSpan.FromMinutes(1), TimeSpan.FromHours(4));
        Range(nameof(options.IdleWarning), options.IdleWarning, TimeSpan.FromSeconds(5), options.IdleAfter / 2);
        for (var i = 0; i < options.Nurses.Count; i++)
        {
            if (options.Nurses[i].Account is not { Length: > 0 and <= 64 } account)
            {
                mistakes.Add($"Attribution:Nurses:{i}:Account is '{options.Nurses[i].Account}'; allowed: 1 to 64 characters.");
            }
            else if (!PinVerifier.IsWellFormed(options.Nurses[i].PinVerifier))
            {
                // The verifier itself is not shown: a log must not hold it.
                mistakes.Add($"Attribution:Nurses:{i}:PinVerifier of {account} cannot be read; allowed: pbkdf2-sha256$iterations$salt$hash, the last two in base64.");
            }
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);

        void Range(string key, TimeSpan value, TimeSpan low, TimeSpan high)
        {
            if (value < low || value > high)
            {
                mistakes.Add($"Attribution:{key} is {value:c}; allowed: {low:c} to {high:c}.");
            }
        }
    }
}
