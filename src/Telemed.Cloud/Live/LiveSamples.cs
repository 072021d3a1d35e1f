using System.Data.Common;
using Dapper;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Live;

/// <summary>
/// What a sensor shows now, handed to who watches the teleconsult that the value will belong to when it is stored: found by the same rule, from the
/// patient that the gateway froze into it. Nothing is kept, counted or receipted.
/// </summary>
internal sealed partial class LiveSamples(TelemedDb db, LiveVitals live, TeleconsultOptions teleconsults, TimeProvider time, ILogger<LiveSamples> log)
{
    /// <summary>Never throws: what cannot be shown comes again when it is stored.</summary>
    public void Show(GatewayId gateway, ReadOnlyMemory<byte> payload)
    {
        if (live.Watched.IsEmpty)
        {
            return;
        }

        if (ObservationBatchCodec.Decode(gateway, payload.Span).Entries is not [{ Observation: { Patient: { } patient } sample }])
        {
            Log.NotUnderstood(log, gateway.Value, payload.Length);
            return;
        }

        try
        {
            if (db.Read(connection => Find(connection, sample, patient)) is var (window, label))
            {
                live.Show(window.Teleconsult, LiveFrame.Live(ReadingRow.Of(sample, label, time.GetUtcNow(), window.Ended is not null).ToReading()));
            }
        }
        catch (Exception e)
        {
            Log.NotShown(log, e);
        }
    }

    private (TeleconsultWindow Window, string? Label)? Find(DbConnection connection, Observation sample, PatientId patient)
    {
        var key = new { gateway = sample.Gateway.Value, device = sample.Device.Value };
        return connection.ExecuteScalar<long>("SELECT count(*) FROM gateway WHERE id = @gateway", key) == 1
            && TeleconsultWindow.Choose(TeleconsultWindow.Of(connection, patient), sample.Time.Effective, teleconsults.Lead) is { } window
            ? (window, connection.ExecuteScalar<string?>("SELECT label FROM device WHERE address = @device", key))
            : null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.SampleNotUnderstood, LogLevel.Warning, "What a sensor of {gateway} shows now, {octets} octets, was not understood")]
        public static partial void NotUnderstood(ILogger logger, string gateway, int octets);

        [LoggerMessage(EventIds.SampleNotShown, LogLevel.Warning, "What a sensor shows now could not be shown; it is seen when it is stored")]
        public static partial void NotShown(ILogger logger, Exception error);
    }
}
