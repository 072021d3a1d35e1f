namespace Telemed.Edge.Gatt;

/// <summary>
/// The requests the gateway writes to the Record Access Control Point, 0x2A52. Delete is not among them: what the meter stores is
/// the patient's own backup.
/// </summary>
public static class RecordAccessRequest
{
    /// <summary>How many records the meter holds.</summary>
    public static byte[] CountAll() =>
        [(byte)RecordAccessOpCode.ReportNumberOfStoredRecords, (byte)RecordAccessOperator.AllRecords];

    /// <summary>How many records the meter holds from sequence number <paramref name="first"/> on, inclusive.</summary>
    public static byte[] CountFrom(ushort first) => From(RecordAccessOpCode.ReportNumberOfStoredRecords, first);

    /// <summary>Every record.</summary>
    public static byte[] ReportAll() => [(byte)RecordAccessOpCode.ReportStoredRecords, (byte)RecordAccessOperator.AllRecords];

    /// <summary>Every record from sequence number <paramref name="first"/> on, inclusive: ask for the last one held plus 1.</summary>
    public static byte[] ReportFrom(ushort first) => From(RecordAccessOpCode.ReportStoredRecords, first);

    /// <summary>The newest record.</summary>
    public static byte[] ReportLast() => [(byte)RecordAccessOpCode.ReportStoredRecords, (byte)RecordAccessOperator.LastRecord];

    /// <summary>Stops the running procedure; records already received stay valid, one more may still arrive.</summary>
    public static byte[] Abort() => [(byte)RecordAccessOpCode.AbortOperation, (byte)RecordAccessOperator.Null];

    private static byte[] From(RecordAccessOpCode opCode, ushort first) =>
    [
        (byte)opCode, (byte)RecordAccessOperator.GreaterThanOrEqualTo, (byte)RecordAccessFilterType.SequenceNumber,
        (byte)first, (byte)(first >> 8),
    ];
}
