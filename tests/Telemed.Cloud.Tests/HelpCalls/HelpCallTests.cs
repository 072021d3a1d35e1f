using System.Net;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Tests.Live;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.HelpCalls;

public sealed class HelpCallTests
{
    [Fact]
    public async Task A_call_is_seen_at_once_once_and_until_somebody_has_answered_it()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        await cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/c-2", new { name = "Consultorio 2" });
        await using var gateway = await cloud.GatewayAsync();
        await using var stream = await EventStream.OpenAsync(cloud, "/api/help-calls/live");
        (await stream.NextAsync("help")).Data!.AsArray().ShouldBeEmpty();
        var call = BatchEntry.Of(1, new HelpCall(Guid.CreateVersion7(), Some.Morning.AddSeconds(-3), "c-2"));

        await gateway.SendAsync(call);
        (await gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 1UL)]);
        var shown = (await stream.NextAsync("help")).Data!.AsArray().ShouldHaveSingleItem()!;
        (shown["unitName"]!.GetValue<string>(), shown["station"]!.GetValue<string>()).ShouldBe(("Sierra", "Consultorio 2"));

        await gateway.SendAsync(call);
        await gateway.ReceiptAsync();
        (await stream.NextAsync("help")).Data!.AsArray().ShouldHaveSingleItem();

        var id = shown["id"]!.GetValue<Guid>();
        (await cloud.PostAsync($"/api/help-calls/{id}/answer")).ShouldBe(HttpStatusCode.NoContent);
        (await stream.NextAsync("help")).Data!.AsArray().ShouldBeEmpty();
        var answered = (await cloud.Service<RosterShelf>().OfAsync(Some.Gateway, default))!;
        answered.AnsweredHelp.ShouldBe([new AnsweredHelpCall(id, Some.Morning)], "who pressed the button learns of it");
        (await cloud.PostAsync($"/api/help-calls/{id}/answer")).ShouldBe(HttpStatusCode.NoContent);
        (await cloud.Service<RosterShelf>().OfAsync(Some.Gateway, default))!.Revision.ShouldBe(answered.Revision, "the first answer stands");
        (await cloud.PostAsync($"/api/help-calls/{Guid.NewGuid()}/answer")).ShouldBe(HttpStatusCode.NotFound);
        await gateway.SendAsync(call);
        await gateway.ReceiptAsync();
        (await cloud.GetAsync("/api/help-calls")).AsArray().ShouldBeEmpty("a call that comes again was answered all the same");
    }
}
