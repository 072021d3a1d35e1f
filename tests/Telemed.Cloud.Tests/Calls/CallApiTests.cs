using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Telemed.Cloud.Tests.Calls;

/// <summary>What the cloud gives browsers for a call, and what it refuses.</summary>
public sealed class CallApiTests
{
    /// <summary>The password by openssl: printf '1795370400:telemed' | openssl dgst -sha1 -hmac un-secreto-compartido-de-prueba -binary | base64.</summary>
    [Fact]
    public async Task A_TURN_servers_name_ends_in_four_hours_and_its_password_is_made_from_the_shared_secret()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(
            new TestClock(Some.Morning), "--Call:Stun=stun:turn.example.mx:3478", "--Call:Turn=turn:turn.example.mx:3478 turns:turn.example.mx:5349?transport=tcp",
            "--Call:TurnSecret=un-secreto-compartido-de-prueba");
        var id = await cloud.TeleconsultAsync(Some.Patient);
        var servers = await cloud.GetAsync($"/api/teleconsults/{id}/call/servers");
        JsonNode.DeepEquals(servers, JsonNode.Parse("""
            [{"urls":["stun:turn.example.mx:3478"],"username":null,"credential":null},
             {"urls":["turn:turn.example.mx:3478","turns:turn.example.mx:5349?transport=tcp"],"username":"1795370400:telemed","credential":"w0M533wC+xSRHaePV0PsoGDE8vg="}]
            """)).ShouldBeTrue(servers.ToJsonString());
    }

    [Fact]
    public async Task Only_the_two_sides_of_a_teleconsult_that_is_to_be_have_a_call()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        (await cloud.Client.GetAsync($"/api/teleconsults/{Guid.NewGuid()}/call/unit/k")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await cloud.Client.GetAsync($"/api/teleconsults/{id}/call/other/k")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await cloud.Client.PostAsJsonAsync($"/api/teleconsults/{id}/call/unit/k", new { level = 1 })).StatusCode.ShouldBe(HttpStatusCode.NotFound, "it is not in the call");
        using var visitor = cloud.Anonymous();
        (await visitor.GetAsync($"/api/teleconsults/{id}/call/unit/k")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await cloud.PostAsync($"/api/teleconsults/{id}/end");
        (await cloud.Client.GetAsync($"/api/teleconsults/{id}/call/unit/k")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public void Wrong_settings_are_named_with_what_is_allowed_and_a_secret_is_not_shown() =>
        Should.Throw<WrongSettingsException>(() => CloudHost.Build(
            ["--Call:Stun=turn.example.mx", "--Call:Turn=turn:turn.example.mx", "--Call:TurnSecret=corto", "--Call:VideoKilobits=5", "--Call:RelayOnly=sí"]))
            .Message.Split(Environment.NewLine).ShouldBe(
            [
                "Call:Stun = \"turn.example.mx\"; allowed: addresses such as stun:host:3478, several divided by blanks.",
                "Call:VideoKilobits = \"5\"; allowed: a whole number from 100 to 4000.",
                "Call:RelayOnly = \"sí\"; allowed: true (with Call:Turn) or false.",
                "Call:TurnSecret = \"(not shown)\"; allowed: 16 characters or more, the same as the TURN server's, where Call:Turn is set.",
            ]);
}
