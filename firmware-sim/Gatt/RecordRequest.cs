using System.Buffers.Binary;

namespace Telemed.FirmwareSim.Gatt;

/// <summary>Op codes of the Record Access Control Point 0x2A52.</summary>
public enum RecordOperation
{
    /// <summary>Report stored records.</summary>
    Report = 0x01,

    /// <summary>Delete stored records.</summary>
    Delete = 0x02,

    /// <summary>Abort what is running.</summary>
    Abort = 0x03,

    /// <summary>Report the number of stored records.</summary>
    Count = 0x04,

    /// <summary>Answer: the number of stored records.</summary>
    CountResponse = 0x05,

    /// <summary>Answer: response code.</summary>
    Response = 0x06,
}

/// <summary>Operators of the Record Access Control Point.</summary>
public enum RecordOperator
{
    /// <summary>Null: for abort and in answers.</summary>
    Null = 0,

    /// <summary>All records.</summary>
    All = 1,

    /// <summary>Less than or equal.</summary>
    LessOrEqual = 2,

    /// <summary>Greater than or equal.</summary>
    GreaterOrEqual = 3,

    /// <summary>Within a range, inclusive.</summary>
    WithinRange = 4,

    /// <summary>The oldest record.</summary>
    First = 5,

    /// <summary>The newest record.</summary>
    Last = 6,
}

/// <summary>Response codes of the Record Access Control Point.</summary>
public enum RecordResponse
{
    /// <summary>Done.</summary>
    Success = 1,

    /// <summary>The op code is not supported.</summary>
    OperationNotSupported = 2,

    /// <summary>The operator does not belong to the op code.</summary>
    InvalidOperator = 3,

    /// <summary>The operator is not supported.</summary>
    OperatorNotSupported = 4,

    /// <summary>The operand is malformed.</summary>
    InvalidOperand = 5,

    /// <summary>No record fits.</summary>
    NoRecords = 6,

    /// <summary>Abort was not possible.</summary>
    AbortUnsuccessful = 7,

    /// <summary>The procedure was not completed.</summary>
    NotCompleted = 8,

    /// <summary>The filter type is not supported.</summary>
    OperandNotSupported = 9,
}

/// <summary>What a filter can see of a stored record.</summary>
/// <param name="Sequence">Sequence number.</param>
/// <param name="UserFacingTime">The meter's wall time as its screen shows it; null when not known.</param>
public readonly record struct RecordKey(ushort Sequence, DateTime? UserFacingTime);

/// <summary>
/// A request as the control point understood it: what to do with which records, or the response that refuses it.
/// Glucose Service 1.0.1 section 3.4 and, for the pulse oximeter with <c>filters: false</c>, Pulse Oximeter Service 1.0.1
/// section 3.4, which knows only the operators null and all.
/// </summary>
/// <param name="Operation">The op code as written, also when it is none that we know.</param>
/// <param name="Refusal">Why not, or <see cref="RecordResponse.Success"/> when it can be done.</param>
/// <param name="Sequences">The records that fit, oldest first.</param>
public sealed record RecordRequest(RecordOperation Operation, RecordResponse Refusal, IReadOnlyList<ushort> Sequences)
{
    private const byte SequenceFilter = 1;
    private const byte TimeFilter = 2;

    /// <summary>Reads a request of at least 2 octets against the records that the meter holds, oldest first.</summary>
    public static RecordRequest Read(ReadOnlySpan<byte> octets, IReadOnlyList<RecordKey> records, bool filters = true)
    {
        var operation = (RecordOperation)octets[0];
        var @operator = (RecordOperator)octets[1];
        if (operation is < RecordOperation.Report or > RecordOperation.Count)
        {
            return new(operation, RecordResponse.OperationNotSupported, []);
        }

        if (operation == RecordOperation.Abort)
        {
            var refusal = @operator != RecordOperator.Null ? RecordResponse.InvalidOperator
                : octets.Length > 2 ? RecordResponse.InvalidOperand : RecordResponse.Success;
            return new(operation, refusal, []);
        }

        var (answer, fitting) = Select(@operator, octets[2..], records, filters);
        return answer == RecordResponse.Success && fitting.Count == 0 && operation != RecordOperation.Count
            ? new(operation, RecordResponse.NoRecords, [])
            : new(operation, answer, fitting);
    }

    private static (RecordResponse, IReadOnlyList<ushort>) Select(
        RecordOperator @operator, ReadOnlySpan<byte> operand, IReadOnlyList<RecordKey> records, bool filters)
    {
        switch (@operator)
        {
            case RecordOperator.Null:
                return (RecordResponse.InvalidOperator, []);
            case RecordOperator.All when operand.IsEmpty:
                return (RecordResponse.Success, [.. records.Select(r => r.Sequence)]);
            case RecordOperator.First when operand.IsEmpty && filters:
                return (RecordResponse.Success, [.. records.Take(1).Select(r => r.Sequence)]);
            case RecordOperator.Last when operand.IsEmpty && filters:
                return (RecordResponse.Success, [.. records.TakeLast(1).Select(r => r.Sequence)]);
            case RecordOperator.All:
            case RecordOperator.First or RecordOperator.Last when filters:
                return (RecordResponse.InvalidOperand, []);
            case RecordOperator.LessOrEqual or RecordOperator.GreaterOrEqual or RecordOperator.WithinRange when filters:
                return Filter(@operator, operand, records);
            default:
                return (RecordResponse.OperatorNotSupported, []);
        }
    }

    private static (RecordResponse, IReadOnlyList<ushort>) Filter(
        RecordOperator @operator, ReadOnlySpan<byte> operand, IReadOnlyList<RecordKey> records)
    {
        if (operand.IsEmpty)
        {
            return (RecordResponse.InvalidOperand, []);
        }

        var width = operand[0] switch { SequenceFilter => 2, TimeFilter => 7, _ => 0 };
        if (width == 0)
        {
            return (RecordResponse.OperandNotSupported, []);
        }

        var range = @operator == RecordOperator.WithinRange;
        var bounds = operand[1..];
        if (bounds.Length != (range ? 2 * width : width))
        {
            return (RecordResponse.InvalidOperand, []);
        }

        var (one, two) = (Bound(bounds[..width]), range ? Bound(bounds[width..]) : null);
        if (one is null || (range && (two is null || two < one)))
        {
            return (RecordResponse.InvalidOperand, []);
        }

        var low = @operator == RecordOperator.LessOrEqual ? long.MinValue : one.Value;
        var high = @operator switch
        {
            RecordOperator.LessOrEqual => one.Value,
            RecordOperator.GreaterOrEqual => long.MaxValue,
            _ => two!.Value,
        };
        return (RecordResponse.Success,
            [.. records.Where(r => Place(r, width) is { } at && at >= low && at <= high).Select(r => r.Sequence)]);
    }

    private static long? Bound(ReadOnlySpan<byte> octets) =>
        octets.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(octets) : Clocks.TryRead(octets)?.Ticks;

    private static long? Place(RecordKey record, int width) => width == 2 ? record.Sequence : record.UserFacingTime?.Ticks;
}
