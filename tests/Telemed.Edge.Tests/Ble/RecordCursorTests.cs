using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class RecordCursorTests
{
    // What came (? is a record without a readable number), how far that is certain on the way, and after the transfer.
    [Theory]
    [InlineData(7, "8 9 10", "8 9 10", 10)]
    [InlineData(7, "9 8 10", "- 9 10", 10)]
    [InlineData(7, "9 9 8 8", "- - 9 -", 9)]
    [InlineData(7, "8 ? 10", "8 - -", 10)]
    [InlineData(7, "8 11 12", "8 - -", 12)]
    [InlineData(7, "3 4", "- -", 7)]
    [InlineData(null, "113 114 115", "- 114 115", 115)]
    [InlineData(null, "10 9 8", "- - -", 10)]
    [InlineData(65534, "65535", "65535", 65535)]
    [InlineData(null, "", "", null)]
    public void It_moves_only_as_far_as_nothing_can_be_missing(int? start, string came, string moves, int? complete)
    {
        var cursor = new RecordCursor((ushort?)start);
        var told = came.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(number => cursor.Take(ushort.TryParse(number, out var record) ? record : null))
            .Select(readTo => readTo is { } record ? $"{record}" : "-");
        string.Join(' ', told).ShouldBe(moves);
        cursor.Complete();
        cursor.ReadTo.ShouldBe((ushort?)complete);
    }

    [Fact]
    public void A_record_that_came_twice_counts_once_and_one_without_number_once_a_request()
    {
        var cursor = new RecordCursor(null);
        ushort?[] report = [1, null, 2];
        foreach (var request in (ushort?[][])[report, report])
        {
            cursor.BeginRequest();
            Array.ForEach(request, number => cursor.Take(number));
        }

        cursor.Count.ShouldBe(3);
    }
}
