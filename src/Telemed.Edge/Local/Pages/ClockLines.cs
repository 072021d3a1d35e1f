using System.Collections.Immutable;
using Telemed.Edge.Timing;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>The gateway's clock in words: how far it can be believed and why, and what to do when it cannot.</summary>
internal static class ClockLines
{
    // What a person does not see on a clock without seconds.
    private static readonly TimeSpan Unseen = TimeSpan.FromMinutes(1);

    // Set once, by whoever put the box up, is nothing; a clock that is moved again and again has somebody at it, or is broken.
    private const int Often = 3;

    /// <summary>The lines, the one that matters most first. <paramref name="sinceBoot"/> is the present moment.</summary>
    public static ImmutableArray<string> Of(ClockState state, TimeSpan sinceBoot, TimeZoneInfo zone, Texts texts)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        lines.Add(texts.Say("state.clock.", state.Confidence).Text);
        if (state.Uncertainty is { } uncertainty)
        {
            lines.Add(texts["state.clock.margin", Words.Margin(uncertainty, texts)]);
        }

        // Only what is believed has sources; the chip has no voice of its own in the agreement.
        if (state.Agreement != Agreement.Silent || state.Uncertainty is null)
        {
            lines.Add(texts.Say("state.clock.agreement.", state.Agreement, state.LastFromCloud is null ? texts["state.clock.source.system"] : texts["state.clock.source.link"]).Text);
        }
        else
        {
            lines.Add(texts.Say("state.clock.agreement.", Agreement.Alone, texts["state.clock.source.chip"]).Text);
        }

        if (state.BehindLastSeen)
        {
            lines.Add(texts["state.clock.behind"]);
        }
        else if (state.MachineOffBy?.Duration() is { } off && off > Unseen)
        {
            lines.Add(texts["state.clock.off", Words.Duration(off, texts)]);
        }

        if (state.LastMove is { } move && move.By.Duration() > Unseen)
        {
            lines.Add(texts["state.clock.moved", Moved(move.By, texts), Words.Duration(sinceBoot - move.At.SinceBoot, texts)]);
        }

        if (state.Moves >= Often)
        {
            lines.Add(texts["state.clock.movedOften", state.Moves]);
        }

        lines.Add(state.Chip is { } chip ? texts["state.clock.chip", Words.DateAndMinute(chip, zone)] : texts["state.clock.noChip"]);
        return lines.DrainToImmutable();
    }

    private static string Moved(TimeSpan by, Texts texts) => (by < TimeSpan.Zero ? "\u2212" : "+") + Words.Duration(by.Duration(), texts);
}
