using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Mqtt;

namespace Telemed.Edge.Uplink;

/// <summary>Bytes of one month over the link, with what TLS, TCP and IP add. <paramref name="Budget"/> 0: none was set.</summary>
public sealed record MonthUse(string Month, long Sent, long Received, long Budget)
{
    /// <summary>Series wait from now on until the month is over; readings, acts and answers never do.</summary>
    public bool IsSpent => Budget > 0 && Sent + Received >= Budget;
}

/// <summary>
/// What the link carries in each calendar month (UTC, by the gateway's clock), kept in <c>data-use.json</c> beside the outbox: written every ten
/// minutes and at the end of a connection, so that a power cut costs ten minutes of counting and a card no more than that many writes.
/// A file that cannot be read is begun anew, and one that cannot be written is tried again: counting never stands in the way of sending.
/// </summary>
public sealed partial class DataUse
{
    private const int MonthsKept = 24;
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(10);

    private readonly string _file;
    private readonly long _budget;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Counter<long> _bytes;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long[]> _months;
    private long _writtenAt;
    private bool _changed;

    /// <summary>Reads what was counted before.</summary>
    public DataUse(IOptions<OutboxOptions> outbox, IOptions<UplinkOptions> uplink, TimeProvider time, IMeterFactory meters, ILogger<DataUse> log)
    {
        _file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(outbox.Value.Path))!, "data-use.json");
        (_budget, _time, _log) = (uplink.Value.MonthlyBudget, time, log);
        var meter = meters.Create("Telemed.Edge");
        _bytes = meter.CreateCounter<long>("telemed.edge.link.bytes", "By", "Bytes over the link to the cloud, by direction");
        meter.CreateObservableGauge("telemed.edge.link.month_bytes", () => Now.Sent + Now.Received, "By", "Bytes over the link in this calendar month");
        meter.CreateObservableGauge("telemed.edge.link.budget_spent", () => Now.IsSpent ? 1 : 0, null, "1 while the month's budget is spent and series wait");
        (_months, _writtenAt) = (Read(), time.GetTimestamp());
    }

    /// <summary>The present month. Any thread.</summary>
    public MonthUse Now
    {
        get
        {
            var month = Month();
            lock (_gate)
            {
                return _months.TryGetValue(month, out var bytes) ? new MonthUse(month, bytes[0], bytes[1], _budget) : new MonthUse(month, 0, 0, _budget);
            }
        }
    }

    /// <summary>A connection has carried so much since it was last asked.</summary>
    internal void Add(MqttTraffic more)
    {
        if (more == default)
        {
            return;
        }

        _bytes.Add(more.Sent, new KeyValuePair<string, object?>("direction", "sent"));
        _bytes.Add(more.Received, new KeyValuePair<string, object?>("direction", "received"));
        lock (_gate)
        {
            if (!_months.TryGetValue(Month(), out var bytes))
            {
                _months[Month()] = bytes = [0, 0];
            }

            (bytes[0], bytes[1], _changed) = (bytes[0] + more.Sent, bytes[1] + more.Received, true);
        }

        if (_time.GetElapsedTime(_writtenAt) >= Between)
        {
            Write();
        }
    }

    /// <summary>Puts it on the disk, if anything was added.</summary>
    internal void Write()
    {
        lock (_gate)
        {
            if (!_changed)
            {
                return;
            }

            while (_months.Count > MonthsKept)
            {
                _months.Remove(_months.Keys.First());
            }

            (_changed, _writtenAt) = (false, _time.GetTimestamp());
            try
            {
                using (var stream = new FileStream(_file + ".new", FileMode.Create))
                {
                    JsonSerializer.Serialize(stream, _months);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(_file + ".new", _file, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _changed = true;
                Log.NotWritten(_log, e.Message);
            }
        }
    }

    private string Month() => _time.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private SortedDictionary<string, long[]> Read()
    {
        try
        {
            if (File.Exists(_file) && JsonSerializer.Deserialize<SortedDictionary<string, long[]>>(File.ReadAllText(_file)) is { } months
                && months.Values.All(bytes => bytes is [>= 0, >= 0]))
            {
                return months;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            Log.Unreadable(_log, e.Message);
        }

        return [];
    }

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Warning, "The bytes used cannot be written and are tried again: {Reason}")]
        public static partial void NotWritten(ILogger log, string reason);

        [LoggerMessage(3202, LogLevel.Warning, "The bytes used so far cannot be read and are counted from 0: {Reason}")]
        public static partial void Unreadable(ILogger log, string reason);
    }
}
