using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Pages;

/// <summary>The pages as a browser without scripts gets them.</summary>
public sealed partial class PagesTests
{
    [Fact]
    public async Task Who_is_not_signed_in_is_sent_to_the_sign_in_page_and_back_afterwards()
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var visitor = cloud.Anonymous();
        var away = await visitor.GetAsync("/apartadas");
        away.StatusCode.ShouldBe(HttpStatusCode.Found);
        away.Headers.Location!.PathAndQuery.ShouldBe("/entrar?ReturnUrl=%2Fapartadas");

        var answer = await SubmitAsync(visitor, away.Headers.Location.PathAndQuery, "/entrar", ("usuario", "doctora"), ("clave", "una-clave-de-prueba"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Found);
        answer.Headers.Location!.ToString().ShouldBe("/apartadas");
        (await visitor.GetAsync("/apartadas")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_password_is_told_plainly()
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var visitor = cloud.Anonymous();
        var answer = await SubmitAsync(visitor, "/entrar", "/entrar", ("usuario", "doctora"), ("clave", "otra"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await TextAsync(answer)).ShouldContain("El usuario o la contraseña no son correctos.");
    }

    /// <summary>Disposing the service fails when it logged an error.</summary>
    [Fact]
    public async Task A_form_that_stops_in_the_middle_is_no_defect()
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(cloud.Address.Host, cloud.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /entrar HTTP/1.1\r\nHost: {cloud.Address.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nusuario="));
        client.Client.Shutdown(SocketShutdown.Send);

        // The server has met the end of it when it hangs up too, with an answer or without.
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
        }
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var visitor = cloud.Anonymous();
        foreach (var path in new[] { "/entrar", "/idioma" })
        {
            using var form = new FormUrlEncodedContent([new("usuario", "doctora"), new("clave", "una-clave-de-prueba"), new("idioma", "en")]);
            var answer = await visitor.PostAsync(path, form);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await TextAsync(answer)).ShouldContain(path == "/entrar" ? "El formulario caducó" : "No se pudo procesar el formulario");
        }

        using var empty = new FormUrlEncodedContent([]);
        (await cloud.Client.PostAsync("/salir", empty)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await cloud.Client.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("https://elsewhere.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/elsewhere.example/")]
    public async Task Signing_in_never_leads_to_another_host(string wish)
    {
        await using var cloud = await RunningCloud.StartAsync();
        using var visitor = cloud.Anonymous();
        var answer = await SubmitAsync(
            visitor, "/entrar", "/entrar", ("usuario", "doctora"), ("clave", "una-clave-de-prueba"), ("volver", wish));
        answer.Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task Signing_out_ends_it()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var answer = await SubmitAsync(cloud.Client, "/", "/salir");
        PathOf(answer).ShouldBe("/entrar");
        PathOf(await cloud.Client.GetAsync("/")).ShouldBe("/entrar");
    }

    [Fact]
    public async Task The_language_is_chosen_with_a_form_and_kept()
    {
        await using var cloud = await RunningCloud.StartAsync();
        (await PageAsync(cloud, "/sin-asignar")).ShouldContain("<html lang=\"es-MX\">");
        var answer = await SubmitAsync(cloud.Client, "/sin-asignar", "/idioma", ("idioma", "en"));
        PathOf(answer).ShouldBe("/sin-asignar");
        var page = await PageAsync(cloud, "/sin-asignar");
        page.ShouldContain("<html lang=\"en\">");
        page.ShouldContain("There are no unassigned readings.");
    }

    [Fact]
    public async Task The_list_shows_running_before_scheduled_before_ended()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        (await PageAsync(cloud, "/")).ShouldContain("No hay teleconsultas.");
        var ended = await cloud.TeleconsultAsync(Some.OtherPatient);
        await cloud.PostAsync($"/api/teleconsults/{ended}/end");
        await cloud.TeleconsultAsync(Some.Patient, start: false);
        await cloud.TeleconsultAsync(Some.Patient);
        var page = await PageAsync(cloud, "/");
        new[] { "En curso", "Programadas", "Terminadas" }.Select(title => page.IndexOf($">{title}</h2>", StringComparison.Ordinal))
            .ShouldBeInOrder();
        page.ShouldContain("Paciente Dos");
        page.ShouldContain("aún no se ha conectado");
    }

    [Fact]
    public async Task Without_scripts_the_teleconsult_shows_the_values_of_now()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient);
        clock.Advance(TimeSpan.FromMinutes(5));
        await cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning.AddMinutes(1), Some.Patient)));
        var page = await PageAsync(cloud, $"/teleconsulta/{id}");
        foreach (var said in new[]
        {
            "138/86", "mmHg", "PAM sin dato (el dispositivo no obtuvo un resultado válido)", "pulso irregular detectado", "hace 4 min", "08:01:00",
            "aún no se ha medido en esta teleconsulta", "Paciente Uno", "05:00", "Baumanómetro 1", "Los valores son los de las 08:05:00",
        })
        {
            page.ShouldContain(said, Case.Insensitive);
        }
    }

    [Fact]
    public async Task A_minute_of_continuous_oximetry_is_one_row_and_hides_no_other_reading()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient);
        clock.Advance(TimeSpan.FromMinutes(1));
        await cloud.TakeAsync([
            Some.Entry(1, Some.BloodPressure(1, Some.Morning, Some.Patient)),
            .. Enumerable.Range(2, 50).Select(n => Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddSeconds(n), Some.Patient) with
            {
                VitalSign = VitalSign.OxygenSaturation,
                Values = [Quantity.Of(n % 2 == 0 ? 95 : 97, Units.Percent), Quantity.Of(n, Units.PerMinute), null],
            })),
        ]);
        var page = await PageAsync(cloud, $"/teleconsulta/{id}");
        page.ShouldContain("95–97 % · Pulso 2–51 lpm");
        page.ShouldContain("50 lecturas en el minuto");
        Regex.Count(page, "<td class=\"time-cell\"").ShouldBe(3, "the minute, the blood pressure and the template");
    }

    [Fact]
    public async Task A_value_that_has_become_old_says_so()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, Some.Patient)));
        (await PageAsync(cloud, $"/teleconsulta/{id}")).ShouldNotContain(">dato antiguo<");
        clock.Advance(TimeSpan.FromMinutes(16));
        (await PageAsync(cloud, $"/teleconsulta/{id}")).ShouldContain(">dato antiguo<");
    }

    [Fact]
    public async Task Every_look_at_a_teleconsult_is_audited()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await PageAsync(cloud, $"/teleconsulta/{id}");
        cloud.Service<Cloud.Storage.TelemedDb>().Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(
            connection, "SELECT count(*) FROM audit WHERE who = 'doctora' AND what = 'page' AND patient IS NOT NULL AND teleconsult IS NOT NULL"))
            .ShouldBe(1);
    }

    [Fact]
    public async Task What_nobody_claimed_waits_with_its_reason()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        await cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, null, null)), Some.Entry(2, Some.Glucose(2, Some.Morning, null)));
        var page = await PageAsync(cloud, "/sin-asignar");
        page.ShouldContain("no había una sesión de paciente abierta para el dispositivo");
        page.ShouldContain("recibida 22/11/2026 08:00");
        page.ShouldContain("reloj del dispositivo: 22/11/2026 08:01:30");
        page.ShouldContain("5.6 mmol/L");
    }

    [Fact]
    public async Task What_was_set_aside_can_be_downloaded_and_is_not_on_the_page()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        (await PageAsync(cloud, "/apartadas")).ShouldContain("No hay nada apartado.");
        await cloud.TakeAsync(Some.Frame(1));
        var page = await PageAsync(cloud, "/apartadas");
        page.ShouldContain("too-short");
        page.ShouldContain("0x2A35");
        page.ShouldNotContain("1E8A", Case.Insensitive);
        var link = DownloadLink().Match(page).Groups[1].Value;
        (await cloud.Client.GetByteArrayAsync(link)).ShouldBe([0x1E, 0x8A]);
    }

    [Theory]
    [InlineData("/teleconsulta/0190a0aa-0000-7000-8000-00000000ffff")]
    [InlineData("/teleconsulta/x")]
    [InlineData("/nada")]
    public async Task What_is_not_there_is_a_page_in_the_house_style(string path)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var answer = await cloud.Client.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await TextAsync(answer)).ShouldContain("No se encontró la página");
    }

    [Fact]
    public async Task A_failure_is_a_page_with_the_number_that_the_log_has_and_with_all_headers()
    {
        await using var cloud = await RunningCloud.StartAsync();
        await cloud.Service<Cloud.Storage.TelemedDb>().WriteAsync(writing => Dapper.SqlMapper.Execute(writing.Connection, "DROP TABLE set_aside"));
        cloud.ErrorsExpected = true;
        var answer = await cloud.Client.GetAsync("/apartadas");
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var page = await TextAsync(answer);
        page.ShouldContain("Algo falló en el servidor");
        page.ShouldNotContain("set_aside");
        var reference = Regex.Match(page, "número: ([0-9a-f]{32})").Groups[1].Value;
        cloud.Errors.ShouldContain(line => reference.Length > 0 && line.Contains(reference));
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'self';");
    }

    [Fact]
    public async Task Pages_allow_nothing_inline_and_are_not_kept()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        foreach (var path in new[] { "/entrar", "/", $"/teleconsulta/{id}", "/sin-asignar", "/apartadas", "/nada" })
        {
            var answer = await cloud.Client.GetAsync(path);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'self';");
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue(path);
            (await answer.Content.ReadAsStringAsync()).ShouldNotMatch(@"<[a-z][^>]* (style|on[a-z]+)=", path);
        }
    }

    [Fact]
    public async Task Scripts_and_styles_are_small_named_by_their_content_and_public()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        var links = AssetLink().Matches(await PageAsync(cloud, $"/teleconsulta/{id}")).Select(match => match.Value).Distinct().ToArray();
        // the style, the icon, the page's own script, the video call and the calls for help
        links.Length.ShouldBe(5);
        using var visitor = cloud.Anonymous();
        var (vitals, call) = (0, 0);
        foreach (var link in links)
        {
            var answer = await visitor.GetAsync(link);
            answer.Headers.CacheControl!.ToString().ShouldContain("immutable");
            var weight = (await answer.Content.ReadAsByteArrayAsync()).Length;
            (vitals, call) = link.StartsWith("/assets/call.js", StringComparison.Ordinal) ? (vitals, call + weight) : (vitals + weight, call);
        }

        // The vital signs do not wait for the script of the video call, which comes beside theirs.
        vitals.ShouldBeLessThan(100_000);
        call.ShouldBeInRange(1, 16_000);
        (await visitor.GetAsync("/assets/nada.js")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<string> PageAsync(RunningCloud cloud, string path)
    {
        var answer = await cloud.Client.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await TextAsync(answer);
    }

    // The signed-in client follows redirections: this is where it ended up.
    private static string PathOf(HttpResponseMessage answer) => answer.RequestMessage!.RequestUri!.AbsolutePath;

    private static async Task<string> TextAsync(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

    /// <summary>Fills in the page's form for this action, hidden fields included, and sends it.</summary>
    private static async Task<HttpResponseMessage> SubmitAsync(
        HttpClient client, string page, string action, params (string Name, string Value)[] fields)
    {
        var html = await client.GetStringAsync(page);
        var form = Regex.Match(html, $"<form[^>]* action=\"{action}\"[^>]*>.*?</form>", RegexOptions.Singleline).Value;
        form.ShouldNotBeEmpty();
        var values = HiddenField().Matches(form).ToDictionary(match => match.Groups[1].Value, match => WebUtility.HtmlDecode(match.Groups[2].Value));
        foreach (var (name, value) in fields)
        {
            values[name] = value;
        }

        using var content = new FormUrlEncodedContent(values);
        return await client.PostAsync(action, content);
    }

    [GeneratedRegex("""<input type="hidden" name="([^"]+)" value="([^"]*)" />""")]
    private static partial Regex HiddenField();

    [GeneratedRegex("""href="(/api/set-aside/\d+/octets)" """)]
    private static partial Regex DownloadLink();

    [GeneratedRegex("""/assets/[a-z.]+\?v=[0-9a-f]+""")]
    private static partial Regex AssetLink();
}
