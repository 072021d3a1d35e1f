using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Tests.Access;

public sealed class AccessTests
{
    // What may answer somebody who has not signed in; beside the sign-in page and its looks.
    private static readonly string[] Open = ["/health/live", "/api/sign-in"];
    private static readonly string[] OpenFolders = ["/entrar", "/assets", "/css", "/idioma"];

    [Fact]
    public async Task Nothing_answers_without_a_sign_in_but_what_is_on_the_list()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        using var anonymous = cloud.Anonymous();
        var endpoints = cloud.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToArray();
        endpoints.Length.ShouldBeGreaterThan(15);
        foreach (var endpoint in endpoints.Where(endpoint => !IsOpen(PathOf(endpoint))))
        {
            endpoint.Metadata.GetMetadata<IAllowAnonymous>().ShouldBeNull(PathOf(endpoint));
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), PathOf(endpoint));
                request.Content = method is "GET" or "HEAD" ? null : JsonContent.Create(new { });
                var answer = await anonymous.SendAsync(request);
                answer.StatusCode.ShouldBe(
                    PathOf(endpoint).StartsWith("/api", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : HttpStatusCode.Found, PathOf(endpoint));
            }
        }
    }

    [Fact]
    public async Task What_does_not_exist_looks_the_same_without_a_sign_in()
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var anonymous = cloud.Anonymous();
        (await anonymous.GetAsync("/api/nothing")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var page = await anonymous.GetAsync("/nothing");
        page.StatusCode.ShouldBe(HttpStatusCode.Found);
        page.Headers.Location!.AbsolutePath.ShouldBe("/entrar");
        (await anonymous.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("doctora", "otra-clave-distinta")]
    [InlineData("otra", "una-clave-de-prueba")]
    [InlineData(null, null)]
    public async Task A_wrong_name_or_password_is_refused(string? user, string? password)
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var anonymous = cloud.Anonymous();
        var answer = await anonymous.PostAsJsonAsync("/api/sign-in", new { user, password });
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task Without_an_account_in_the_settings_nobody_gets_in()
    {
        await using var cloud = await RunningCloud.StartWithoutSignInAsync(null, null, "--Access:User=", "--Access:Password=");
        using var anonymous = cloud.Anonymous();
        (await anonymous.PostAsJsonAsync("/api/sign-in", new { user = "", password = "" })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_other_sites_and_outlives_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("telemed-cloud-").FullName;
        string cookie;
        await using (var cloud = await RunningCloud.StartAsync(null, folder))
        {
            using var anonymous = cloud.Anonymous();
            var answer = await anonymous.PostAsJsonAsync("/api/sign-in", new { user = "doctora", password = RunningCloud.Password });
            cookie = answer.Headers.GetValues("Set-Cookie").Single();
            cookie.ShouldContain("httponly");
            cookie.ShouldContain("samesite=strict");
        }

        await using (var cloud = await RunningCloud.StartAsync(null, folder))
        {
            using var anonymous = cloud.Anonymous();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/counts");
            request.Headers.Add("Cookie", cookie.Split(';')[0]);
            (await anonymous.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await cloud.PostAsync("/api/sign-out")).ShouldBe(HttpStatusCode.NoContent);
            (await cloud.Client.GetAsync("/api/counts")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Every_reading_of_a_patients_data_leaves_a_row()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.TakeAsync(Some.Frame(1));
        await cloud.GetAsync($"/api/teleconsults/{id}/readings");
        await using (await Live.EventStream.OpenAsync(cloud, id))
        {
        }

        await cloud.GetAsync("/api/unassigned");
        await cloud.GetAsync("/api/teleconsults");
        await cloud.Client.GetAsync("/api/set-aside/1/octets");

        var rows = cloud.Service<TelemedDb>().Read(connection => connection.Query<(long At, string Who, string What, string? Patient, string? Teleconsult)>(
            "SELECT at, who, what, lower(hex(patient)), lower(hex(teleconsult)) FROM audit ORDER BY number").ToArray());
        rows.ShouldAllBe(row => row.Who == "doctora" && row.At == Some.Morning.ToUnixTimeMilliseconds());
        var (patient, teleconsult) = (Some.Patient.ToString(), id.ToString("N"));
        rows.Select(row => (row.What, row.Patient, row.Teleconsult)).ShouldBe(
            [("readings", patient, teleconsult), ("live", patient, teleconsult), ("unassigned", "", ""), ("teleconsults", "", ""), ("set-aside 1", "", "")]);
    }

    private static bool IsOpen(string path) =>
        Open.Contains(path) || OpenFolders.Any(folder => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal));

    private static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
        segment => string.Concat(segment.Parts.Select(part => part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal
            ? literal.Content
            : part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "number" } ? "1" : Guid.Empty.ToString()))));
}
