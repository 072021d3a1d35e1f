using System.Security.Cryptography;
using Telemed.Cloud.Ingest;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Carried;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Carried;

/// <summary>
/// Takes in what was carried by hand, by the same way as what comes by the link: each batch in a transaction, ids decide, and the same file again
/// changes nothing. A file is read to its end before anything of it is stored.
/// </summary>
internal sealed class CarriedImport(ObservationIngest ingest, TelemedDb db, CarriedKey key, StorageOptions storage)
{
    // A receipt with more would make a long message: outboxes with many gaps have many ranges.
    private const int SequencesPerReceipt = 50_000;

    /// <summary>Throws <see cref="CarriedFileException"/> when the file is not what it should be; nothing of it is stored then.</summary>
    public async Task<KnownImport> TakeAsync(Stream upload, string who, CancellationToken stop)
    {
        var folder = Directory.CreateDirectory(Path.Combine(storage.Data, "carried")).FullName;
        var copy = new FileStream(
            Path.Combine(folder, Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        await using (copy.ConfigureAwait(false))
        {
            await upload.CopyToAsync(copy, stop).ConfigureAwait(false);
            copy.Position = 0;
            var digest = await SHA256.HashDataAsync(copy, stop).ConfigureAwait(false);
            copy.Position = 0;
            var gateway = await CarriedFile.NamedAsync(copy, stop).ConfigureAwait(false);
            await foreach (var message in MessagesAsync(copy, stop).ConfigureAwait(false))
            {
                if (ObservationBatchCodec.Decode(gateway, message).Sequences.IsEmpty)
                {
                    throw new CarriedFileException("altered");
                }
            }

            return await StoreAsync(copy, gateway, who, digest, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the receipts that a gateway is to be told. False when its key is not known.</summary>
    public async Task<bool> WriteReceiptsAsync(Stream to, GatewayId gateway, CancellationToken stop)
    {
        var (theirs, receipts) = db.Read(connection => (CarriedStore.KeyOf(connection, gateway), CarriedStore.ReceiptsFor(connection, gateway)));
        if (theirs is null)
        {
            return false;
        }

        await CarriedFile.WriteAsync(to, CarriedKind.Receipts, gateway, key, theirs, receipts.ToAsyncEnumerable(), stop).ConfigureAwait(false);
        return true;
    }

    private async Task<KnownImport> StoreAsync(Stream copy, GatewayId gateway, string who, byte[] digest, CancellationToken stop)
    {
        Dictionary<ulong, (List<ulong> Stored, List<RefusedEntry> Refused)> told = [];
        var entries = 0L;
        await foreach (var message in MessagesAsync(copy, stop).ConfigureAwait(false))
        {
            var batch = IncomingBatch.Read(TelemedTopics.Of(gateway, TopicKind.Observations), message);
            entries += batch.Rows;
            foreach (var receipt in (await TakeAsync(batch, stop).ConfigureAwait(false)).Select(receipt => receipt.Receipt))
            {
                if (!told.TryGetValue(receipt.OutboxEpoch, out var of))
                {
                    told[receipt.OutboxEpoch] = of = ([], []);
                }

                foreach (var (first, last) in receipt.Stored)
                {
                    for (var sequence = first; sequence <= last; sequence++)
                    {
                        of.Stored.Add(sequence);
                    }
                }

                of.Refused.AddRange(receipt.Refused);
            }
        }

        var refused = told.Values.Sum(of => of.Refused.Count);
        var receipts = told.SelectMany(of => of.Value.Stored.Order().Chunk(SequencesPerReceipt).Select(some => BatchReceipt.For(of.Key, some, []))
            .Concat(of.Value.Refused.Chunk(SequencesPerReceipt / 50).Select(some => BatchReceipt.For(of.Key, [], some)))).ToArray();
        return await db.WriteAsync(
            writing =>
            {
                CarriedStore.Keep(writing, gateway, who, digest, entries, refused, receipts);
                return CarriedStore.Newest(writing.Connection, 1)[0];
            },
            stopping: stop).ConfigureAwait(false);
    }

    private async Task<IEnumerable<GatewayReceipt>> TakeAsync(IncomingBatch batch, CancellationToken stop)
    {
        try
        {
            return await ingest.TakeAsync([batch], stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && TelemedDb.IsContentFault(e))
        {
            return await ingest.SetAsideAsync(batch, "not-storable", stop).ConfigureAwait(false);
        }
    }

    private IAsyncEnumerable<byte[]> MessagesAsync(Stream copy, CancellationToken stop)
    {
        copy.Position = 0;
        return CarriedFile.ReadAsync(copy, CarriedKind.Readings, key, gateway => db.Read(connection => CarriedStore.KeyOf(connection, gateway)), stop);
    }
}
