using Microsoft.Extensions.Options;

namespace Telemed.Edge.Ble;

/// <summary>Settings of pairing, section "Pairing": how long each of its states may last.</summary>
public sealed class PairingOptions
{
    /// <summary>For the meter to be put into its pairing mode and to be seen.</summary>
    public TimeSpan SearchLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Without an address: how long others that fit are looked for once the first was seen.</summary>
    public TimeSpan LookAround { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>For the exchange of keys, a person's answers included.</summary>
    public TimeSpan ExchangeLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For one answer. A meter gives up 30 s after its last word (Bluetooth Core, Vol 3, Part H, 3.4).</summary>
    public TimeSpan AnswerLimit { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>A meter of which nothing was heard for so long is off.</summary>
    public TimeSpan Silence { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For the meter to go off.</summary>
    public TimeSpan OffLimit { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>For the meter to come back and be read.</summary>
    public TimeSpan ReturnLimit { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>Finds every mistake in the section at once.</summary>
internal sealed class PairingOptionsValidation : IValidateOptions<PairingOptions>
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(30);

    private static readonly (string Key, Func<PairingOptions, TimeSpan> Get)[] Durations =
    [
        (nameof(PairingOptions.SearchLimit), o => o.SearchLimit),
        (nameof(PairingOptions.LookAround), o => o.LookAround),
        (nameof(PairingOptions.ExchangeLimit), o => o.ExchangeLimit),
        (nameof(PairingOptions.AnswerLimit), o => o.AnswerLimit),
        (nameof(PairingOptions.Silence), o => o.Silence),
        (nameof(PairingOptions.OffLimit), o => o.OffLimit),
        (nameof(PairingOptions.ReturnLimit), o => o.ReturnLimit),
    ];

    public ValidateOptionsResult Validate(string? name, PairingOptions options)
    {
        var mistakes = (
            from duration in Durations
            let value = duration.Get(options)
            where value <= TimeSpan.Zero || value > Most
            select $"Pairing:{duration.Key} is {value:c}; allowed: more than 0 and up to {Most:c} (hh:mm:ss).").ToList();
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
