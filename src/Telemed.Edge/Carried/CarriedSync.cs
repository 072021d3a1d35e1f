using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Carried;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Carried;

/// <summary>Where the work with a stick stands. A name in the interface.</summary>
public enum CarriedStep
{
    /// <summary>Nothing was asked for since the start.</summary>
    None,

    /// <summary>Readings are being written.</summary>
    Writing,

    /// <summary>They are on the stick, synced: it may be pulled out.</summary>
    Written,

    /// <summary>Receipts were taken from it.</summary>
    ReceiptsTaken,

    /// <summary>It did not work; <see cref="CarriedState.Problem"/> says why, and nothing has changed.</summary>
    Failed,
}

/// <summary>
/// The last work with a stick. <paramref name="Done"/> of <paramref name="Total"/> entries; after receipts: entries that left the outbox.
/// <paramref name="Problem"/>: a code of a–z and hyphen, null when there is none.
/// </summary>
public sealed record CarriedState(CarriedStep Step, int Done, int Total, string? File, string? Problem);

/// <summary>
/// Carries what waits to the cloud by hand: all entries without a receipt into one file, sealed for the cloud, and receipts back from another.
/// An entry leaves the outbox by a receipt alone, whichever way it went. One work at a time; any thread.
/// </summary>
public sealed partial class CarriedSync(
    DurableOutbox outbox, CarriedKey key, IOptions<CarriedOptions> options, IOptions<GatewayOptions> gateway, ILogger<CarriedSync> log)
{
    private const int Rows = 200;
    private const int Octets = 256 * 1024;

    private readonly Lock _lock = new();
    private CarriedState _state = new(CarriedStep.None, 0, 0, null, null);

    /// <summary>The cloud's public key, null when none is known; asked when something is written or read.</summary>
    public Func<string?> CloudKey { get; set; } = () => null;

    /// <summary>How the last work stands.</summary>
    public CarriedState State => Volatile.Read(ref _state);

    /// <summary>The folders that can be used now.</summary>
    public IReadOnlyList<string> Folders => options.Value.Folder is { } folder ? [folder] : RemovableMedia.Mounted();

    /// <summary>What the file of readings is called; the cloud's file of receipts ends in <c>.receipts</c>.</summary>
    public string ReadingsFile => $"telemed-{gateway.Value.Id}.readings";

    private string ReceiptsFile => $"telemed-{gateway.Value.Id}.receipts";

    /// <summary>
    /// Writes all that waits. The file is there whole or not at all, and when this returns it is on the medium. One that lies there already is
    /// replaced: whatever of it has no receipt is in the new one too. Gives the state at the end.
    /// </summary>
    public Task<CarriedState> WriteAsync(string folder, CancellationToken stop) => AloneAsync(folder, CarriedStep.Writing, async () =>
    {
        if (CloudKeyNow() is not { } cloud)
        {
            return Failed("no-cloud-key");
        }

        var path = Path.Combine(folder, ReadingsFile);
        var draft = path + ".part";
        try
        {
            // Unbuffered writes meet a full or missing medium here and not in a dispose.
            var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            await using (file.ConfigureAwait(false))
            {
                await CarriedFile.WriteAsync(file, CarriedKind.Readings, gateway.Value.GatewayId, key, cloud, WaitingAsync(stop), stop).ConfigureAwait(false);
                await file.FlushAsync(stop).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            SyncFolder(folder);
        }
        catch
        {
            TryDelete(draft);
            throw;
        }

        LogWritten(log, State.Done);
        return State with { Step = CarriedStep.Written, Total = State.Done, File = ReadingsFile };
    });

    /// <summary>Takes the cloud's receipts from the folder; what they name leaves the outbox. Gives the state at the end.</summary>
    public Task<CarriedState> TakeReceiptsAsync(string folder, CancellationToken stop) => AloneAsync(folder, CarriedStep.Writing, async () =>
    {
        var path = Path.Combine(folder, ReceiptsFile);
        if (!File.Exists(path))
        {
            return Failed("no-receipts");
        }

        if (CloudKeyNow() is not { } cloud)
        {
            return Failed("no-cloud-key");
        }

        // Whole before anything of it counts.
        List<BatchReceipt> receipts = [];
        var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        await using (file.ConfigureAwait(false))
        {
            await foreach (var payload in CarriedFile.ReadAsync(
                file, CarriedKind.Receipts, key, of => of == gateway.Value.GatewayId ? cloud : throw new CarriedFileException("other-gateway"), stop).ConfigureAwait(false))
            {
                receipts.Add(BatchReceipt.TryDecode(payload, out var receipt, out _) ? receipt! : throw new CarriedFileException("altered"));
            }
        }

        var removed = 0;
        foreach (var receipt in receipts)
        {
            removed += (await outbox.ReceiptAsync(
                receipt.OutboxEpoch, receipt.Stored, [.. receipt.Refused.Select(refusal => (refusal.Sequence, refusal.Reason))]).ConfigureAwait(false)).Removed;
        }

        LogReceipts(log, removed);
        return new CarriedState(CarriedStep.ReceiptsTaken, removed, removed, ReceiptsFile, null);
    });

    private async Task<CarriedState> AloneAsync(string folder, CarriedStep step, Func<Task<CarriedState>> work)
    {
        lock (_lock)
        {
            if (_state.Step == CarriedStep.Writing)
            {
                return _state;
            }

            Volatile.Write(ref _state, new CarriedState(step, 0, outbox.Depth().Total, null, null));
        }

        CarriedState end;
        try
        {
            end = Folders.Contains(folder) ? await work().ConfigureAwait(false) : Failed("no-medium");
        }
        catch (CarriedFileException e)
        {
            end = Failed(e.Code);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogMedium(log, e);
            end = Failed("medium-failed");
        }
        catch (Exception e)
        {
            LogBroken(log, e);
            end = Failed("defect");
        }

        Volatile.Write(ref _state, end);
        return end;
    }

    // Lane by lane and in memory a batch at a time. What is appended meanwhile may go along.
    private async IAsyncEnumerable<byte[]> WaitingAsync([EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var lane in Enum.GetValues<OutboxLane>())
        {
            for (ulong after = 0; outbox.Peek(lane, after, Rows, Octets) is { Count: > 0 } rows; after = rows[^1].Sequence)
            {
                stop.ThrowIfCancellationRequested();
                var entries = rows.Select(Entry).OfType<BatchEntry>().ToImmutableArray();
                if (entries.Length > 0)
                {
                    yield return ObservationBatchCodec.Encode(outbox.Epoch, entries);
                    Volatile.Write(ref _state, State with { Done = State.Done + entries.Length });
                }

                // Others want the outbox too.
                await Task.Yield();
            }
        }
    }

    // What cannot be read stays where it is; the uplink sets it aside, loudly.
    private BatchEntry? Entry(OutboxRow row) =>
        ObservationBatchCodec.Decode(gateway.Value.GatewayId, row.Payload) is { Failure: null, Entries: [{ Malformed: null } entry] } decoding && decoding.OutboxEpoch == outbox.Epoch
            ? entry with { Sequence = row.Sequence }
            : null;

    private string? CloudKeyNow() => options.Value.CloudKey is { Length: > 0 } configured ? configured : CloudKey() is { Length: > 0 } known ? known : null;

    private CarriedState Failed(string problem) => State with { Step = CarriedStep.Failed, Problem = problem };

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The medium is gone; nobody takes a file of this name for a whole one.
        }
    }

    // The new name is on the medium only when the folder is.
    private static void SyncFolder(string folder)
    {
        using var handle = OpenFolder([.. Encoding.UTF8.GetBytes(folder), 0], 0);
        if (handle.IsInvalid || Sync(handle) != 0)
        {
            throw new IOException($"The folder could not be synced: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern SafeFileHandle OpenFolder(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(SafeFileHandle file);

    [LoggerMessage(1501, LogLevel.Information, "{Entries} entries were written to be carried by hand")]
    private static partial void LogWritten(ILogger log, int entries);

    [LoggerMessage(1502, LogLevel.Information, "Receipts carried by hand: {Removed} entries left the outbox")]
    private static partial void LogReceipts(ILogger log, int removed);

    [LoggerMessage(1503, LogLevel.Warning, "The medium failed or was pulled out; nothing has changed")]
    private static partial void LogMedium(ILogger log, Exception error);

    [LoggerMessage(1504, LogLevel.Error, "The work with the medium met a defect; nothing has changed")]
    private static partial void LogBroken(ILogger log, Exception error);
}
