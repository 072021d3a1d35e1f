using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Gatt;

/// <summary>
/// The request table of the record access control point. Five records: 3, 5 (one was deleted), 8, 9, 10, an hour apart from
/// 22 November 2026, 08:00; record 9 has no time.
/// </summary>
public sealed class RecordRequestTests
{
    private static readonly DateTime Eight = new(2026, 11, 22, 8, 0, 0, DateTimeKind.Unspecified);
    private static readonly RecordKey[] Records =
    [
        new(3, Eight), new(5, Eight.AddHours(1)), new(8, Eight.AddHours(2)), new(9, null), new(10, Eight.AddHours(4)),
    ];

    [Theory]
    [InlineData("0101", "3 5 8 9 10")] // all
    [InlineData("0105", "3")] // first
    [InlineData("0106", "10")] // last
    [InlineData("0102010800", "3 5 8")] // up to 8
    [InlineData("0103010800", "8 9 10")] // from 8 on
    [InlineData("0103010600", "8 9 10")] // from one that is not there
    [InlineData("01040105000900", "5 8 9")] // within, inclusive
    [InlineData("01040108000800", "8")] // within one
    [InlineData("010302ea070b16090000", "5 8 10")] // from 09:00 on, by time
    [InlineData("010202ea070b16090000", "3 5")] // until 09:00
    [InlineData("010402ea070b16090000ea070b160a0000", "5 8")] // 09:00 to 10:00
    [InlineData("0201", "3 5 8 9 10")] // delete all
    [InlineData("0202010500", "3 5")]
    [InlineData("0401", "3 5 8 9 10")] // count all
    [InlineData("0403010b00", "")] // count none: success with 0
    public void A_good_request_selects(string request, string sequences)
    {
        var read = RecordRequest.Read(Convert.FromHexString(request), Records);

        read.Refusal.ShouldBe(RecordResponse.Success);
        string.Join(' ', read.Sequences).ShouldBe(sequences);
    }

    [Theory]
    [InlineData("0001", RecordResponse.OperationNotSupported)]
    [InlineData("0701", RecordResponse.OperationNotSupported)]
    [InlineData("0501", RecordResponse.OperationNotSupported)] // an answer is no request
    [InlineData("0100", RecordResponse.InvalidOperator)]
    [InlineData("0400", RecordResponse.InvalidOperator)]
    [InlineData("0301", RecordResponse.InvalidOperator)] // abort knows only null
    [InlineData("030001", RecordResponse.InvalidOperand)]
    [InlineData("0107", RecordResponse.OperatorNotSupported)]
    [InlineData("01010100", RecordResponse.InvalidOperand)] // all takes none
    [InlineData("010601", RecordResponse.InvalidOperand)]
    [InlineData("0103", RecordResponse.InvalidOperand)] // filter missing
    [InlineData("010301", RecordResponse.InvalidOperand)] // bound missing
    [InlineData("01030108", RecordResponse.InvalidOperand)] // half a bound
    [InlineData("010301080000", RecordResponse.InvalidOperand)] // too long
    [InlineData("0104010800", RecordResponse.InvalidOperand)] // range with one bound
    [InlineData("01040109000500", RecordResponse.InvalidOperand)] // range upside down
    [InlineData("010302ea070d16090000", RecordResponse.InvalidOperand)] // month 13
    [InlineData("0103030800", RecordResponse.OperandNotSupported)] // unknown filter type
    [InlineData("0103010b00", RecordResponse.NoRecords)]
    [InlineData("0202010200", RecordResponse.NoRecords)]
    public void A_bad_request_is_refused_with_its_reason(string request, RecordResponse refusal) =>
        RecordRequest.Read(Convert.FromHexString(request), Records).Refusal.ShouldBe(refusal);

    [Theory]
    [InlineData("0101", RecordResponse.Success)]
    [InlineData("0401", RecordResponse.Success)]
    [InlineData("0201", RecordResponse.Success)]
    [InlineData("0300", RecordResponse.Success)]
    [InlineData("0105", RecordResponse.OperatorNotSupported)]
    [InlineData("0106", RecordResponse.OperatorNotSupported)]
    [InlineData("0103010800", RecordResponse.OperatorNotSupported)]
    public void A_pulse_oximeter_knows_only_null_and_all(string request, RecordResponse answer) =>
        RecordRequest.Read(Convert.FromHexString(request), Records, filters: false).Refusal.ShouldBe(answer);

    [Fact]
    public void An_empty_memory_has_no_records_and_counts_none()
    {
        RecordRequest.Read([1, 1], []).Refusal.ShouldBe(RecordResponse.NoRecords);
        RecordRequest.Read([1, 6], []).Refusal.ShouldBe(RecordResponse.NoRecords);
        RecordRequest.Read([4, 1], []).Refusal.ShouldBe(RecordResponse.Success);
    }
}
