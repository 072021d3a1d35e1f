using Telemed.Cloud.Observations;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>What happened to a reading on the way, in words: it came late, somebody said afterwards whose it is, its time was mended. The live
/// page's script says the same (Client/src/reading.ts).</summary>
internal static class ReadingNotes
{
    public static IEnumerable<string> Of(Reading reading, Texts texts)
    {
        if (reading.Late)
        {
            yield return texts["value.late"];
        }

        if (reading.Assigned is { } assigned)
        {
            yield return texts["value.assigned", assigned.By];
        }

        if (reading.Retimed is not null)
        {
            yield return texts["value.retimed"];
        }
    }
}
