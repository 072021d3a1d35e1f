using System.Buffers.Binary;
using System.Security.Cryptography;
using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>
/// Takes a glucometer's stored records: those after <paramref name="mark"/>, all of them when there is no last or when the meter
/// cannot select or has begun to number anew. Whether it has is told by its highest number, and by the record at the last mark, which is
/// asked for once more: another one by its fingerprint means that the new numbers have passed it. What came is checked against the meter's own count, and asked for again when it fell
/// short. Notifications are unacknowledged, so the count is the only proof.
/// </summary>
internal sealed class RecordTransfer(
    RecordAccessPoint point, RecordMark? mark, Action<VisitStep> step, Func<Task> subscribe)
{
    private const int RequestsMost = 3;

    // Flags, then the number, in the measurement and in its context alike.
    private const int NumberEnd = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, ulong> _fingerprints = [];
    private readonly RecordMark? _last = mark;
    private RecordCursor _cursor = new(mark?.Number);
    private int? _expected;

    // The record at the mark is awaited: until it has come, nothing is certain, and how far was read is not told.
    private bool _comparing;
    private bool _isAnother;
    private ushort? _known;
    private RecordMark? _told = mark;

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

    /// <summary>
    /// A notification has come; returns how far the memory is read once it is durable, when that has moved, and whether it is the record
    /// at the mark once more, or its context, which need not be stored again.
    /// </summary>
    public (RecordMark? ReadTo, bool Known) Take(GattNotification notification)
    {
        var value = notification.Value.Span;
        var number = value.Length >= NumberEnd ? BinaryPrimitives.ReadUInt16LittleEndian(value[1..]) : (ushort?)null;
        lock (_gate)
        {
            if (notification.Characteristic != GattNumbers.GlucoseMeasurement)
            {
                return (null, notification.Characteristic == GattNumbers.GlucoseContext && number is not null && number == _known);
            }

            // What cannot be decoded is kept for an engineer, so it is read all the same; its number stands at the same place.
            var readTo = _cursor.Take(number);
            if (number is not { } own)
            {
                return (null, false);
            }

            _fingerprints[own] = Fingerprint(value);
            _known = null;
            if (_comparing && own == _last!.Value.Number)
            {
                _comparing = false;
                _isAnother = _fingerprints[own] != _last.Value.Fingerprint;
                _known = _isAnother ? null : own;
            }

            var told = _comparing || _isAnother ? null : Mark(readTo);
            _told = told ?? _told;
            return (told, _known is not null);
        }
    }

    /// <summary>Runs the transfer. The meter's last response: Success or NoRecordsFound also when records are missing.</summary>
    public async Task<RecordAccessResponseCode> RunAsync(CancellationToken stop)
    {
        if (_last is not { Number: < ushort.MaxValue and var taken })
        {
            return await TakeFromAsync(null, await CountAsync(null, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
        }

        return _last.Value.Fingerprint is null
            ? await TakeAfterAsync(taken, stop).ConfigureAwait(false)
            : await CompareAndTakeAsync(taken, stop).ConfigureAwait(false);
    }

    /// <summary>All counted records have come. Returns how far the memory is read by that, when it has moved.</summary>
    public RecordMark? Complete()
    {
        lock (_gate)
        {
            _cursor.Complete();
            return _cursor.ReadTo is { } number && (number != _told?.Number || _fingerprints.ContainsKey(number)) && Mark(number) != _told
                ? Mark(number) : null;
        }
    }

    private async Task<RecordAccessResponseCode> CompareAndTakeAsync(ushort taken, CancellationToken stop)
    {
        var count = await CountAsync(taken, stop).ConfigureAwait(false);
        if (count == 0)
        {
            return await LookBelowAsync(taken, stop).ConfigureAwait(false);
        }

        Compare(true);
        var response = await TakeFromAsync(taken, count, stop).ConfigureAwait(false);
        Compare(false);
        if (!_isAnother)
        {
            return response;
        }

        NumberedAnew = true;
        Restart(null, null);
        return await TakeFromAsync(null, await CountAsync(null, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
    }

    private async Task<RecordAccessResponseCode> TakeAfterAsync(ushort taken, CancellationToken stop)
    {
        var count = await CountAsync((ushort)(taken + 1), stop).ConfigureAwait(false);
        var response = count == 0 ? RecordAccessResponseCode.NoRecordsFound
            : await TakeFromAsync((ushort)(taken + 1), count, stop).ConfigureAwait(false);
        return response == RecordAccessResponseCode.NoRecordsFound && Missing == 0
            ? await LookBelowAsync(taken, stop).ConfigureAwait(false)
            : response;
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
            var selects = first is not null || _last is null || NumberedAnew;
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
            _isAnother = false;
        }
    }

    private void Compare(bool on)
    {
        lock (_gate)
        {
            _comparing = on;
        }
    }

    private RecordMark? Mark(ushort? readTo) => readTo is { } number
        ? new RecordMark(number, _fingerprints.TryGetValue(number, out var fingerprint) ? fingerprint : null)
        : null;

    private static ulong Fingerprint(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(value));

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
