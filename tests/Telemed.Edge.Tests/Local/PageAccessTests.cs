using System.Net;
using System.Text.RegularExpressions;
using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;

namespace Telemed.Edge.Tests.Local;

/// <summary>Who gets in, who does not, and what stays behind; over HTTP, as programs and browsers speak it.</summary>
public sealed partial class PageAccessTests : IAsyncLifetime
{
    private const int LargestPage = 150_000;
    private static readonly string[] Pages = ["/medir", "/dispositivos", "/dispositivos/vincular", "/sin-asignar", "/estado", "/ayuda", "/estacion"];

    private NurseStation _station = null!;

    public async Task InitializeAsync() => _station = await NursePage.StationAsync("cuff", []);

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Fact]
    public async Task Without_a_nurse_there_is_a_sign_in_and_nothing_else()
    {
        using var stranger = Client();
        foreach (var page in Pages)
        {
            using var answer = await stranger.GetAsync(page);
            (answer.StatusCode, answer.Headers.Location?.ToString()).ShouldBe((HttpStatusCode.Redirect, "/entrar"), page);
        }

        foreach (var path in new[] { "/api/status", "/api/devices", "/api/sessions", "/api/pairing", "/api/live/medir" })
        {
            using var answer = await stranger.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
        }

        (await stranger.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var form = WebUtility.HtmlDecode(await stranger.GetStringAsync("/entrar"));
        form.ShouldContain("Lucía Ramos");
        form.ShouldNotContain("Rosa Isela");
    }

    [Fact]
    public async Task A_wrong_PIN_lets_nobody_in_and_after_some_the_next_has_to_wait()
    {
        using var nurse = Client();
        using var wrong = await SignInAsync(nurse, "0000");
        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        wrong.Headers.Contains("Set-Cookie").ShouldBeFalse();
        (await wrong.Content.ReadAsStringAsync()).ShouldContain("La clave no es correcta");
        for (var i = 0; i < 4; i++)
        {
            using var again = await SignInAsync(nurse, "0000");
        }

        using var right = await SignInAsync(nurse, NurseStation.Pin);
        right.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "also the right one has to wait now");
        (await right.Content.ReadAsStringAsync()).ShouldContain("Demasiados intentos");
    }

    [Fact]
    public async Task The_token_is_out_of_reach_of_scripts_and_other_sites_and_worthless_after_signing_out()
    {
        using var nurse = Client();
        using var signedIn = await SignInAsync(nurse, NurseStation.Pin);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=strict", Case.Insensitive);
        cookie.ShouldNotContain("expires", Case.Insensitive, "it goes with the browser");
        using var placed = await nurse.PostAsync("/estacion", Form(("estacion", NursePage.Room)));
        using var opened = await nurse.PostAsync("/medir/abrir", Form(("paciente", NursePage.First.ToString())));
        var sessions = _station.Part<Sessions>();
        sessions.OpenAt(NursePage.Room)!.Nurse.ShouldBe(NurseStation.Account);
        using var stream = await nurse.GetAsync("/api/live/medir", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());

        using var left = await nurse.PostAsync("/salir", Form());
        sessions.OpenAt(NursePage.Room).ShouldBeNull("what is measured now is not on her word");
        (await UntilAsync(reader, "event: closed")).ShouldBeTrue("the open page is told");

        using var thief = Client();
        thief.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        (await thief.GetAsync("/api/sessions")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_another_site_asks_for_is_refused_even_with_the_nurses_token()
    {
        using var nurse = await SignedInAsync();
        foreach (var (name, value) in new[] { ("Origin", "http://example.org"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/medir/abrir") { Content = Form(("paciente", NursePage.First.ToString())) };
            request.Headers.Add(name, value);
            using var answer = await nurse.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{name}: {value}");
        }

        _station.Part<Sessions>().Recent.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_and_no_answer_may_be_kept_and_every_one_has_its_policy()
    {
        using var nurse = await SignedInAsync();
        foreach (var path in Pages.Append("/api/status").Append("/entrar").Append("/nada"))
        {
            using var answer = await nurse.GetAsync(path);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue(path);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'self'", customMessage: path);
        }
    }

    [Fact]
    public async Task A_page_with_its_script_and_style_weighs_less_than_150_kB()
    {
        using var nurse = await SignedInAsync();
        using var opened = await nurse.PostAsync("/medir/abrir", Form(("paciente", NursePage.First.ToString())));
        foreach (var page in Pages.Append("/entrar"))
        {
            var html = await nurse.GetStringAsync(page);
            var weight = html.Length;
            var assets = Asset().Matches(html).Select(match => match.Value).Distinct().ToArray();
            assets.Length.ShouldBe(3, "icon, style and script");
            foreach (var asset in assets)
            {
                weight += (await nurse.GetByteArrayAsync(asset)).Length;
            }

            weight.ShouldBeLessThan(LargestPage, page);
        }
    }

    [Fact]
    public async Task An_error_is_a_page_in_words()
    {
        using var nurse = await SignedInAsync();
        using var nothing = await nurse.GetAsync("/nada");
        nothing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        WebUtility.HtmlDecode(await nothing.Content.ReadAsStringAsync()).ShouldContain("No se encontró");
        using var retired = await nurse.GetAsync("/dispositivos/C0FFEE000001");
        WebUtility.HtmlDecode(await retired.Content.ReadAsStringAsync()).ShouldContain("ya no está");
    }

    private HttpClient Client() => new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _station.Address };

    private async Task<HttpClient> SignedInAsync()
    {
        var nurse = Client();
        using var signedIn = await SignInAsync(nurse, NurseStation.Pin);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var placed = await nurse.PostAsync("/estacion", Form(("estacion", NursePage.Room)));
        return nurse;
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient client, string pin) =>
        client.PostAsync("/entrar", Form(("cuenta", NurseStation.Account), ("clave", pin)));

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static async Task<bool> UntilAsync(StreamReader reader, string line)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await reader.ReadLineAsync(limit.Token) is { } read)
        {
            if (read == line)
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"/assets/[\w.]+\?v=\w+")]
    private static partial Regex Asset();
}
