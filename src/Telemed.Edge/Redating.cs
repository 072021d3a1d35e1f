using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge;

/// <summary>
/// Dates anew what was captured in the dark, whenever more has become known of the gateway's clock, and once at the start. What was never
/// offered to the link is rewritten where it lies; of anything else the record is told by an amendment, in the commit that notes it as told, so that a
/// power cut between any two steps costs nothing: what was not told yet is found again.
/// </summary>
public sealed partial class Redating(
    DurableOutbox outbox, GatewayClock clock, ReadingTimes times, Worklist worklist, IOptions<GatewayOptions> gateway, ILogger<Redating> log) : BackgroundService
{
    private const int AtOnce = 200;

    /// <summary>Goes through everything that may be dated better; gives how many readings were.</summary>
    public async Task<int> RunAsync(CancellationToken c)
    {
        var redated = 0;
        for (ulong after = 0; outbox.Dating(after, AtOnce) is { Count: > 0 } rows; after = rows[^1].Capture)
        {
            c.ThrowIfCancellationRequested();
            List<Redated> better = [];
            List<ulong> settled = [];
            foreach (var (capture, payload) in rows)
            {
                Judge(capture, payload, better, settled);
            }

            if (better.Count + settled.Count > 0)
            {
                await worklist.RetimeAsync(better, [.. settled]).ConfigureAwait(false);
                redated += better.Count;
            }
        }

        return redated;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake() => wake.Writer.TryWrite(true);
        clock.Revised += Wake;
        try
        {
            do
            {
                try
                {
                    if (await RunAsync(stoppingToken).ConfigureAwait(false) is > 0 and var count)
                    {
                        LogRedated(log, count);
                    }
                }
                catch (DbException e)
                {
                    // A full or failing disk; what was not told yet is found again when the clock says something next.
                    LogFailed(log, e);
                }
            }
            while (await wake.Reader.ReadAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is found again at the next start.
        }
        finally
        {
            clock.Revised -= Wake;
        }
    }

    private void Judge(ulong capture, byte[] payload, List<Redated> better, List<ulong> settled)
    {
        var note = DatingNote.Decode(payload);
        if (note is null || clock.IsDisputed(note.Basis.Boot))
        {
            // What was told stands until it is decided.
            return;
        }

        if (times.TryDate(note.Basis) is not { } dated)
        {
            settled.Add(capture);
        }
        else if (note.IsBetter(dated.Time))
        {
            var retiming = new Retiming(dated.Time.Effective, dated.Time.Method, dated.Time.Uncertainty, dated.Time.Arrival);
            var amendment = new Amendment(note.Id, DateTimeOffset.FromUnixTimeMilliseconds(clock.Now.Wall.ToUnixTimeMilliseconds()), retiming);
            better.Add(new Redated(note.Id, dated.Time, new OutboxRedating(
                capture, entry => Rewritten(entry, dated.Time), amendment.At,
                new OutboxDraft(OutboxLane.Normal, reference => ObservationBatchCodec.Encode(reference.OutboxEpoch, [BatchEntry.Of(0, amendment)])),
                dated.IsFinal ? default : (note with { Told = dated.Time }).Encode())
            {
                RewriteKept = document => KeptReading.From(gateway.Value.GatewayId, [.. document.Payload.Span]) is { } kept
                    ? (kept with { Retimed = dated.Time }).ToDocument()
                    : document,
            }));
        }
        else if (dated.IsFinal)
        {
            settled.Add(capture);
        }
    }

    private ReadOnlyMemory<byte> Rewritten(ReadOnlyMemory<byte> payload, TimeStamped time)
    {
        var decoding = ObservationBatchCodec.Decode(gateway.Value.GatewayId, payload.Span);
        return decoding is { Failure: null, Entries: [{ Observation: { } observation }] }
            ? ObservationBatchCodec.Encode(decoding.OutboxEpoch, [BatchEntry.Of(0, observation with { Time = time with { DeviceLocal = observation.Time.DeviceLocal } })])
            : payload;
    }

    [LoggerMessage(1004, LogLevel.Information, "{Count} readings have a better time now")]
    private static partial void LogRedated(ILogger logger, int count);

    [LoggerMessage(1005, LogLevel.Error, "Readings could not be dated anew")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
