using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>A procedure of the Record Access Control Point that waits for the indication which closes it.</summary>
internal sealed class RecordProcedure(RecordAccessOpCode request)
{
    private readonly TaskCompletionSource<RecordAccessControlPoint> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How the meter closed it: a response code, or the number of records that was asked for.</summary>
    public Task<RecordAccessControlPoint> Answer => _answer.Task;

    /// <summary>Takes an indication; others than the closing one of this procedure count for nothing.</summary>
    public void Receive(ReadOnlySpan<byte> indication)
    {
        if (RecordAccessControlPoint.TryDecode(indication, out var answer, out _)
            && (answer.Closes(request) ? answer.ResponseCode is not null
                : request == RecordAccessOpCode.ReportNumberOfStoredRecords
                    && answer.OpCode == RecordAccessOpCode.NumberOfStoredRecordsResponse))
        {
            _answer.TrySetResult(answer);
        }
    }
}
