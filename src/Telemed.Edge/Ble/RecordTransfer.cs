using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>
/// Takes a glucometer's stored records: those after <paramref name="last"/>, all of them when there is no last or when the meter
/// cannot select or has begun to number anew. What came is checked against the meter's own count, and asked for again when it fell
/// short. Notifications are unacknowledged, so the count is the only proof.
/// </summary>
internal sealed class RecordTransfer(
    RecordAccessPoint point, ushort? last, Action<VisitStep> step, Func<Task> subscribe)
{
    private const int RequestsMost = 3;

    private readonly Lock _gate = new();
    private RecordCursor _cursor = new(last);
    private int? _expected;

    /// <summary>The control point; the stream hands it what it indicates.</summary>
    public RecordAccessPoint Point => point;

    /// <summary>The meter's highest number is below the last one taken: it was reset or exchanged inside.</summary>
    public bool NumberedAnew { get; private set; }

    /// <summary>Records that the meter has counted and that have not come.</summary>
    public int Missing
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, (_expected ?? 0) - _cursor.Count);
            }
        }
    }

    /// <summary>A notification has come; returns how far the memory is read once it is durable, when that has moved.</summary>
    public ushort? Take(GattNotification notification)
    {
        if (notification.Characteristic != GattNumbers.GlucoseMeasurement)
        {
            return null;
        }

        lock (_gate)
        {
            return _cursor.Take(GlucoseMeasurement.TryDecode(notification.Value.Span, out var record, out _) ? record.SequenceNumber : null);
        }
    }

    /// <summary>Runs the transfer. The meter's last response: Success or NoRecordsFound also when records are missing.</summary>
    public async Task<RecordAccessResponseCode> RunAsync(CancellationToken stop)
    {
        if (last is not { } taken || taken == ushort.MaxValue)
        {
            return await TakeFromAsync(null, await CountAsync(null, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
        }

        var count = await CountAsync((ushort)(taken + 1), stop).ConfigureAwait(false);
        var response = count == 0 ? RecordAccessResponseCode.NoRecordsFound
            : await TakeFromAsync((ushort)(taken + 1), count, stop).ConfigureAwait(false);
        return response == RecordAccessResponseCode.NoRecordsFound && Missing == 0
            ? await LookBelowAsync(taken, stop).ConfigureAwait(false)
            : response;
    }

    /// <summary>All counted records have come. Returns how far the memory is read by that, when it has moved.</summary>
    public ushort? Complete()
    {
        lock (_gate)
        {
            return _cursor.Complete();
        }
    }

    /// <summary>
    /// Nothing after the last one: because there is nothing new, or because the meter counts from the beginning again. Its newest
    /// record tells.
    /// </summary>
    private async Task<RecordAccessResponseCode> LookBelowAsync(ushort taken, CancellationToken stop)
    {
        var all = await CountAsync(null, stop).ConfigureAwait(false);
        if (all == 0)
        {
            return RecordAccessResponseCode.NoRecordsFound;
        }

        Restart(null, null);
        var response = await AskAsync(RecordAccessRequest.ReportLast(), stop).ConfigureAwait(false);
        if (response != RecordAccessResponseCode.Success || Newest() is not { } newest || newest == taken)
        {
            // The same newest record again, which its id makes harmless; or a meter that cannot show it.
            Restart(taken, null);
            return RecordAccessResponseCode.NoRecordsFound;
        }

        NumberedAnew = newest < taken;
        Restart(NumberedAnew ? null : taken, null);
        return await TakeFromAsync(null, all, stop).ConfigureAwait(false);
    }

    private async Task<RecordAccessResponseCode> TakeFromAsync(ushort? first, int? expected, CancellationToken stop)
    {
        for (var request = 1; ; request++)
        {
            Expect(expected);
            var response = await AskAsync(
                first is { } from ? RecordAccessRequest.ReportFrom(from) : RecordAccessRequest.ReportAll(), stop).ConfigureAwait(false);
            if (first is not null && CannotSelect(response))
            {
                (first, expected) = (null, await CountAsync(null, stop).ConfigureAwait(false));
                Expect(expected);
                response = await AskAsync(RecordAccessRequest.ReportAll(), stop).ConfigureAwait(false);
            }

            var closed = response is RecordAccessResponseCode.Success or RecordAccessResponseCode.NoRecordsFound;
            if (!closed || Missing == 0 || request == RequestsMost)
            {
                return response;
            }

            // Only what is certain is left out; what came behind a gap comes again. Where all had to be asked for although some were
            // taken before, how far those reach says nothing.
            var selects = first is not null || last is null || NumberedAnew;
            first = selects && ReadTo() is { } readTo and < ushort.MaxValue ? (ushort)(readTo + 1) : null;
        }
    }

    private async Task<int?> CountAsync(ushort? first, CancellationToken stop)
    {
        var request = first is { } from ? RecordAccessRequest.CountFrom(from) : RecordAccessRequest.CountAll();
        var answer = await point.AskAsync(request, step, subscribe, stop).ConfigureAwait(false);
        return answer.NumberOfRecords ?? (answer.ResponseCode == RecordAccessResponseCode.NoRecordsFound ? 0 : null);
    }

    private async Task<RecordAccessResponseCode> AskAsync(byte[] request, CancellationToken stop)
    {
        var answer = await point.AskAsync(request, step, subscribe, stop).ConfigureAwait(false);
        return answer.ResponseCode!.Value;
    }

    private static bool CannotSelect(RecordAccessResponseCode response) =>
        response is RecordAccessResponseCode.InvalidOperator or RecordAccessResponseCode.OperatorNotSupported
            or RecordAccessResponseCode.InvalidOperand or RecordAccessResponseCode.OperandNotSupported;

    private void Expect(int? expected)
    {
        lock (_gate)
        {
            _expected = expected;
            _cursor.BeginRequest();
        }
    }

    private void Restart(ushort? readTo, int? expected)
    {
        lock (_gate)
        {
            (_cursor, _expected) = (new RecordCursor(readTo), expected);
        }
    }

    private ushort? Newest()
    {
        lock (_gate)
        {
            return _cursor.Newest;
        }
    }

    private ushort? ReadTo()
    {
        lock (_gate)
        {
            return _cursor.ReadTo;
        }
    }
}
