using Microsoft.Extensions.Options;

namespace Telemed.Edge.Outbox;

/// <summary>Section "Outbox".</summary>
public sealed class OutboxOptions
{
    /// <summary>The SQLite file, relative to Gateway:Data; its folder is made when missing. Put it on storage that survives a power cut.</summary>
    public string Path { get; set; } = "outbox.db";

    /// <summary>Captures kept after the cloud has receipted all that came of them; the oldest beyond it are deleted in
    /// passing. 0 to 10,000,000.</summary>
    public int HistoryKept { get; set; } = 100_000;

    /// <summary>Entries that the cloud refused (and keeps) which are kept here too, the newest ones. 0 to 1,000,000.</summary>
    public int RefusedKept { get; set; } = 10_000;

    /// <summary>The file may grow to this size. 1 to 1,000,000.</summary>
    public int MaximumMegabytes { get; set; } = 8_192;

    /// <summary>When less than this is left on the disk (or an eighth of MaximumMegabytes, if that is less), local history goes, and then
    /// continuous series are refused. 1 to 100,000.</summary>
    public int KeepFreeMegabytes { get; set; } = 256;

    /// <summary>Room held by a file of its own for the day on which somebody else has filled the disk. 0 to 1,024.</summary>
    public int ReserveMegabytes { get; set; } = 16;
}

/// <summary>Tells every mistake in section "Outbox" at once.</summary>
internal sealed class OutboxOptionsValidation : IValidateOptions<OutboxOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboxOptions options)
    {
        List<string> mistakes = [];
        if (string.IsNullOrWhiteSpace(options.Path))
        {
            mistakes.Add("Outbox:Path \"\": the path of a file is needed");
        }

        Range(nameof(options.HistoryKept), options.HistoryKept, 0, 10_000_000);
        Range(nameof(options.RefusedKept), options.RefusedKept, 0, 1_000_000);
        Range(nameof(options.MaximumMegabytes), options.MaximumMegabytes, 1, 1_000_000);
        Range(nameof(options.KeepFreeMegabytes), options.KeepFreeMegabytes, 1, 100_000);
        Range(nameof(options.ReserveMegabytes), options.ReserveMegabytes, 0, 1_024);
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);

        void Range(string key, int value, int low, int high)
        {
            if (value < low || value > high)
            {
                mistakes.Add($"Outbox:{key} {value}: {low} to {high} is allowed");
            }
        }
    }
}
