using Telemed.Cloud.SetAside;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <content>What strangers sent, once they are none.</content>
internal sealed partial class ObservationIngest
{
    /// <summary>
    /// Takes in what came from gateways before they were registered, so many entries at most. Their outboxes hold it no more, so nobody is
    /// told. False when there was nothing.
    /// </summary>
    public async Task<bool> RetakeAsync(int limit, CancellationToken stopping)
    {
        if (db.Read(connection => SetAsideStore.OfFormerStrangers(connection, 1)).Count == 0)
        {
            return false;
        }

        var before = 0L;
        return await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                var intake = new EntryIntake(writing, teleconsults);
                var entries = SetAsideStore.OfFormerStrangers(writing.Connection, limit);
                foreach (var (number, gateway, octets) in entries)
                {
                    Take(writing, intake, IncomingBatch.Read(TelemedTopics.Of(gateway, TopicKind.Observations), octets));
                    SetAsideStore.MarkRetaken(writing, number);
                }

                return entries.Count > 0;
            },
            _ => live.AnnounceReadings(before), stopping).ConfigureAwait(false);
    }
}
