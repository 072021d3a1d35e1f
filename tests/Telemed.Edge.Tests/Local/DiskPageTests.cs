using System.Net;
using Telemed.Edge.Outbox;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Tests.Outbox;

namespace Telemed.Edge.Tests.Local;

/// <summary>A gateway whose file has come to its limit says so wherever somebody looks.</summary>
public sealed class DiskPageTests
{
    [Fact]
    public async Task When_series_are_refused_every_page_says_so_and_health_and_status_do()
    {
        await using var station = await NursePage.StationAsync("cuff", ["Outbox:MaximumMegabytes=1"]);
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();
        (await station.Http.GetAsync("/health/storage")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var outbox = station.Part<DurableOutbox>();
        for (var i = 0; i < 1000 && outbox.Room.State != RoomState.SeriesRefused; i++)
        {
            await outbox.AppendAsync(OutboxFolder.Many(1, bytes: 1_000));
        }

        await outbox.AppendAsync(OutboxFolder.One("series", OutboxLane.Bulk));

        await browser.SaysAsync("#troubles", "ya no tiene espacio para las curvas continuas");
        using var health = await station.Http.GetAsync("/health/storage");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldContain("\"state\":\"seriesRefused\"");
        (await station.Http.GetStringAsync("/api/status")).ShouldContain("\"seriesRefused\":1");
        await browser.Page.GotoAsync("/estado");
        await browser.SaysAsync("#state-disk", "1 valores continuos no se guardaron");
        await browser.PictureAsync("estado-sin-espacio");
    }
}
