using Microsoft.Extensions.Options;

namespace Telemed.Edge.Timing;

/// <summary>Where the belief in the machine's own wall clock comes from.</summary>
public enum ClockSource
{
    /// <summary>The kernel says whether a time service keeps its clock (adjtimex(2), STA_UNSYNC).</summary>
    Kernel,

    /// <summary>Somebody else keeps the clock right and vouches for it (a host that the gateway runs on as a guest, a demonstration).</summary>
    Trusted,

    /// <summary>Nobody keeps it: only the clock chip and the cloud say what time it is.</summary>
    Nobody,
}

/// <summary>What the clock chip is worth.</summary>
public enum ChipTrust
{
    /// <summary>Nothing: as if there were none.</summary>
    Ignored,

    /// <summary>It is about right, within Timing:ChipWithin.</summary>
    Estimated,

    /// <summary>It is right, within Timing:ChipWithin: somebody looks after it.</summary>
    Known,
}

/// <summary>Settings of the room, section "Timing".</summary>
public sealed class TimingOptions
{
    /// <summary>Kernel unless the machine's clock is kept right in a way that the kernel does not know of.</summary>
    public ClockSource Source { get; set; } = ClockSource.Kernel;

    /// <summary>The unit's time zone by its tz database name; meters show and send this local time.</summary>
    public string TimeZone { get; set; } = "America/Mexico_City";

    /// <summary>What the clock chip is worth, if there is one.</summary>
    public ChipTrust Chip { get; set; } = ChipTrust.Estimated;

    /// <summary>How far the chip may be off: what it gains or loses between two times that the clock was kept. 1 s to 12 h.</summary>
    public TimeSpan ChipWithin { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The file, relative to Gateway:Data, of what is known of the gateway's and the meters' clocks.</summary>
    public string Path { get; set; } = "timing.db";
}

/// <summary>Tells every mistake in section "Timing" at once.</summary>
internal sealed class TimingOptionsValidation : IValidateOptions<TimingOptions>
{
    public ValidateOptionsResult Validate(string? name, TimingOptions options)
    {
        List<string> mistakes = [];
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
        {
            mistakes.Add($"Timing:TimeZone is '{options.TimeZone}'; allowed: a zone of the tz database, such as America/Mexico_City.");
        }

        if (options.ChipWithin < TimeSpan.FromSeconds(1) || options.ChipWithin > TimeBelief.EstimatedWithin)
        {
            mistakes.Add($"Timing:ChipWithin is '{options.ChipWithin}'; allowed: 00:00:01 to {TimeBelief.EstimatedWithin}.");
        }

        if (string.IsNullOrWhiteSpace(options.Path))
        {
            mistakes.Add("Timing:Path is empty; allowed: the path of a file.");
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
