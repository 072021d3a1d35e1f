using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Ingest;

public sealed class SeriesGapTests
{
    [Fact]
    public async Task What_a_gateway_had_no_room_for_is_kept_once_and_seen_with_meter_span_and_count()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        var gap = BatchEntry.Of(9, new SeriesGap(Some.Cuff, Some.Morning.AddMinutes(-10), Some.Morning.AddMinutes(-4), 361, "disk-full"));

        (await cloud.TakeAsync(gap)).Stored.ShouldBe([(9UL, 9UL)]);
        (await cloud.TakeAsync(gap)).Stored.ShouldBe([(9UL, 9UL)]);

        var kept = (await cloud.GetAsync("/api/series-gaps")).AsArray().ShouldHaveSingleItem()!;
        (kept["gateway"]!.GetValue<string>(), kept["label"]!.GetValue<string>(), kept["count"]!.GetValue<long>()).ShouldBe(("gw-sierra-1", "Baumanómetro 1", 361));
        kept["first"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddMinutes(-10));
        kept["last"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddMinutes(-4));
        var page = System.Net.WebUtility.HtmlDecode(await cloud.Client.GetStringAsync("/apartadas"));
        page.ShouldContain("Baumanómetro 1");
        page.ShouldContain("361");
        page.ShouldContain("el disco de la caja estaba lleno");
    }

    [Fact]
    public async Task A_gap_that_ends_before_it_began_is_set_aside_alone()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        var wrong = new Vitals.Wire.Protobuf.ObservationBatch { Version = 1, OutboxEpoch = Some.Epoch, FirstSequence = 3, Count = 1 };
        wrong.Gaps.Add(new Vitals.Wire.Protobuf.SeriesGap { Device = Google.Protobuf.ByteString.CopyFrom(1, 2, 3, 4, 5, 6), First = 2, Last = 1, Count = 1 });
        await using var gateway = await cloud.GatewayAsync();

        await gateway.SendAsync(Google.Protobuf.MessageExtensions.ToByteArray(wrong));

        (await gateway.ReceiptAsync()).Refused.ShouldBe([new RefusedEntry(3, "series-gap-last")]);
        (await cloud.GetAsync("/api/series-gaps")).AsArray().ShouldBeEmpty();
    }
}
