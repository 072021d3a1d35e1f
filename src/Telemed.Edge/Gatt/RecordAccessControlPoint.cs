using System.Diagnostics.CodeAnalysis;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Record Access Control Point, 0x2A52: op code, operator, operand. What a collector writes (requests) and what the meter indicates
/// (number of records, response code). Operand fields as the Glucose Service defines them.
/// </summary>
public sealed record RecordAccessControlPoint : CharacteristicValue, IDecodable<RecordAccessControlPoint>
{
    private const int MinimumLength = 2;
    private const int AnswerLength = 2;
    private const int FilterTypeLength = 1;
    private const int SequenceNumberLength = 2;

    /// <summary>What is asked or answered.</summary>
    public RecordAccessOpCode OpCode { get; init; }

    /// <summary>Which records a request means; Null in answers and in Abort.</summary>
    public RecordAccessOperator Operator { get; init; }

    /// <summary>What the operand of a request filters by.</summary>
    public RecordAccessFilterType? FilterType { get; init; }

    /// <summary>The lowest sequence number asked for, inclusive.</summary>
    public ushort? OperandMinimum { get; init; }

    /// <summary>The highest sequence number asked for, inclusive.</summary>
    public ushort? OperandMaximum { get; init; }

    /// <summary>The earliest user-facing time asked for, inclusive.</summary>
    public DeviceTime? OperandMinimumTime { get; init; }

    /// <summary>The latest user-facing time asked for, inclusive.</summary>
    public DeviceTime? OperandMaximumTime { get; init; }

    /// <summary>The octets of an operand whose op code, operator or filter type is not known, hexadecimal.</summary>
    public string? Operand { get; init; }

    /// <summary>In an answer: how many records.</summary>
    public ushort? NumberOfRecords { get; init; }

    /// <summary>In a response: to which request.</summary>
    public RecordAccessOpCode? RequestOpCode { get; init; }

    /// <summary>In a response: how the request ended.</summary>
    public RecordAccessResponseCode? ResponseCode { get; init; }

    /// <summary>True when this closes a procedure started by <paramref name="request"/>, however it ended.</summary>
    public bool Closes(RecordAccessOpCode request) =>
        OpCode == RecordAccessOpCode.ResponseCode && RequestOpCode == request;

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out RecordAccessControlPoint? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var opCode = reader.Code((RecordAccessOpCode)reader.ReadUInt8());
        var @operator = reader.Code((RecordAccessOperator)reader.ReadUInt8());

        if (!reader.Holds(MinimumLength + OperandLength(opCode, @operator, reader.Rest), out failure))
        {
            return false;
        }

        var head = new RecordAccessControlPoint { OpCode = opCode, Operator = @operator };
        measurement = opCode switch
        {
            RecordAccessOpCode.NumberOfStoredRecordsResponse or RecordAccessOpCode.CombinedReportResponse or
                RecordAccessOpCode.ResponseCode => ReadAnswer(ref reader, head),
            RecordAccessOpCode.AbortOperation => head,
            _ when !IsRequestForRecords(opCode) || !Enum.IsDefined(@operator) => ReadUnknown(ref reader, head),
            _ when BoundsOf(@operator) > 0 => ReadFilter(ref reader, head),
            _ => head,
        };
        measurement = measurement with { Notes = reader.Finish() };
        return true;
    }

    private static int OperandLength(RecordAccessOpCode opCode, RecordAccessOperator @operator, ReadOnlySpan<byte> operand)
    {
        if (opCode is RecordAccessOpCode.NumberOfStoredRecordsResponse or RecordAccessOpCode.CombinedReportResponse
            or RecordAccessOpCode.ResponseCode)
        {
            return AnswerLength;
        }

        if (!IsRequestForRecords(opCode) || BoundsOf(@operator) == 0)
        {
            return 0;
        }

        var boundLength = operand.IsEmpty ? 0 : (RecordAccessFilterType)operand[0] switch
        {
            RecordAccessFilterType.SequenceNumber => SequenceNumberLength,
            RecordAccessFilterType.UserFacingTime => DeviceTime.Length,
            _ => 0,
        };
        return FilterTypeLength + (BoundsOf(@operator) * boundLength);
    }

    private static bool IsRequestForRecords(RecordAccessOpCode opCode) =>
        opCode is RecordAccessOpCode.ReportStoredRecords or RecordAccessOpCode.DeleteStoredRecords
            or RecordAccessOpCode.ReportNumberOfStoredRecords or RecordAccessOpCode.CombinedReport;

    // How many bounds the operand holds behind its filter type.
    private static int BoundsOf(RecordAccessOperator @operator) => @operator switch
    {
        RecordAccessOperator.LessThanOrEqualTo or RecordAccessOperator.GreaterThanOrEqualTo => 1,
        RecordAccessOperator.WithinRangeOf => 2,
        _ => 0,
    };

    private static RecordAccessControlPoint ReadAnswer(ref GattReader reader, RecordAccessControlPoint head)
    {
        reader.Note(head.Operator != RecordAccessOperator.Null, DecodeNoteKinds.UnexpectedOperator);
        if (head.OpCode != RecordAccessOpCode.ResponseCode)
        {
            return head with { NumberOfRecords = reader.ReadUInt16() };
        }

        var request = reader.Code((RecordAccessOpCode)reader.ReadUInt8());
        return head with { RequestOpCode = request, ResponseCode = reader.Code((RecordAccessResponseCode)reader.ReadUInt8()) };
    }

    private static RecordAccessControlPoint ReadFilter(ref GattReader reader, RecordAccessControlPoint head)
    {
        var filterType = reader.Code((RecordAccessFilterType)reader.ReadUInt8());
        var filtered = head with { FilterType = filterType };
        var minimum = head.Operator != RecordAccessOperator.LessThanOrEqualTo;
        var maximum = head.Operator != RecordAccessOperator.GreaterThanOrEqualTo;
        if (filterType == RecordAccessFilterType.SequenceNumber)
        {
            ushort? from = minimum ? reader.ReadUInt16() : null;
            return filtered with { OperandMinimum = from, OperandMaximum = maximum ? reader.ReadUInt16() : null };
        }

        if (filterType == RecordAccessFilterType.UserFacingTime)
        {
            DeviceTime? from = minimum ? reader.ReadDateTime() : null;
            return filtered with { OperandMinimumTime = from, OperandMaximumTime = maximum ? reader.ReadDateTime() : null };
        }

        return ReadUnknown(ref reader, filtered);
    }

    private static RecordAccessControlPoint ReadUnknown(ref GattReader reader, RecordAccessControlPoint head)
    {
        var octets = reader.ReadRest();
        return octets.IsEmpty ? head : head with { Operand = Convert.ToHexString(octets) };
    }
}

/// <summary>Op codes.</summary>
public enum RecordAccessOpCode : byte
{
    /// <summary>Report stored records (write).</summary>
    ReportStoredRecords = 0x01,

    /// <summary>Delete stored records (write); the gateway never sends it.</summary>
    DeleteStoredRecords = 0x02,

    /// <summary>Abort operation (write).</summary>
    AbortOperation = 0x03,

    /// <summary>Report number of stored records (write).</summary>
    ReportNumberOfStoredRecords = 0x04,

    /// <summary>Number of stored records response (indication).</summary>
    NumberOfStoredRecordsResponse = 0x05,

    /// <summary>Response code (indication).</summary>
    ResponseCode = 0x06,

    /// <summary>Combined report (write; newer services).</summary>
    CombinedReport = 0x07,

    /// <summary>Combined report response (indication; newer services).</summary>
    CombinedReportResponse = 0x08,
}

/// <summary>Operators.</summary>
public enum RecordAccessOperator : byte
{
    /// <summary>None: answers and Abort.</summary>
    Null = 0,

    /// <summary>All records.</summary>
    AllRecords = 1,

    /// <summary>Up to the operand, inclusive.</summary>
    LessThanOrEqualTo = 2,

    /// <summary>From the operand on, inclusive.</summary>
    GreaterThanOrEqualTo = 3,

    /// <summary>Between two operands, inclusive.</summary>
    WithinRangeOf = 4,

    /// <summary>The oldest record.</summary>
    FirstRecord = 5,

    /// <summary>The newest record.</summary>
    LastRecord = 6,
}

/// <summary>Filter types of the Glucose Service.</summary>
public enum RecordAccessFilterType : byte
{
    /// <summary>Sequence number, 16 bits.</summary>
    SequenceNumber = 1,

    /// <summary>User-facing time, a Date Time.</summary>
    UserFacingTime = 2,
}

/// <summary>How a request ended.</summary>
public enum RecordAccessResponseCode : byte
{
    /// <summary>Success.</summary>
    Success = 1,

    /// <summary>Op code not supported.</summary>
    OpCodeNotSupported = 2,

    /// <summary>Invalid operator.</summary>
    InvalidOperator = 3,

    /// <summary>Operator not supported.</summary>
    OperatorNotSupported = 4,

    /// <summary>Invalid operand.</summary>
    InvalidOperand = 5,

    /// <summary>No records found: a success with nothing.</summary>
    NoRecordsFound = 6,

    /// <summary>Abort unsuccessful.</summary>
    AbortUnsuccessful = 7,

    /// <summary>Procedure not completed.</summary>
    ProcedureNotCompleted = 8,

    /// <summary>Operand not supported.</summary>
    OperandNotSupported = 9,
}
