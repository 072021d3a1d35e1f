using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telemed.Cloud.Broker;
using Telemed.Cloud.Ingest;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests;

/// <summary>
/// The whole cloud service as it runs in production, on free ports and in a folder of its own, with a signed-in client. Disposing fails
/// when it logged an error that the test did not expect.
/// </summary>
internal sealed class RunningCloud : IAsyncDisposable
{
    public const string Password = "una-clave-de-prueba";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly WebApplication _app;
    private readonly KeptLog _log = new();
    private readonly CookieContainer _cookies = new();
    private readonly bool _ownsFolder;
    private bool _stopped;

    private RunningCloud(WebApplication app, string folder, bool ownsFolder)
    {
        (_app, Folder, _ownsFolder) = (app, folder, ownsFolder);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
    }

    public string Folder { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>Signed in.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Set when the test provokes errors.</summary>
    public bool ErrorsExpected { get; set; }

    public IEnumerable<string> Errors => _log.LinesOf(LogLevel.Error);

    public IEnumerable<string> Warnings => _log.LinesOf(LogLevel.Warning);

    public static async Task<RunningCloud> StartAsync(TimeProvider? time = null, string? folder = null, params string[] settings)
    {
        var cloud = await StartWithoutSignInAsync(time, folder, settings);
        (await cloud.Client.PostAsJsonAsync("/api/sign-in", new { user = "doctora", password = Password })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        return cloud;
    }

    /// <summary>The same, with a client that has not signed in.</summary>
    public static async Task<RunningCloud> StartWithoutSignInAsync(TimeProvider? time = null, string? folder = null, params string[] settings)
    {
        var data = folder ?? Directory.CreateTempSubdirectory("telemed-cloud-").FullName;
        string[] all =
        [
            $"--Data={data}", "--Urls=http://127.0.0.1:0", "--Access:User=doctora", $"--Access:Password={Password}",
            "--Storage:BusyTimeout=00:00:01", "--Logging:Console:LogLevel:Default=None", .. settings,
        ];
        var cloud = new RunningCloud(CloudHost.Build(all, time), data, folder is null);
        await cloud._app.StartAsync();
        cloud.Address = new Uri(cloud._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        cloud.Client = cloud.AnotherSignedIn();
        return cloud;
    }

    /// <summary>With two units, two patients, a cuff and a gateway registered.</summary>
    public static async Task<RunningCloud> StartRegisteredAsync(TimeProvider? time = null, params string[] settings)
    {
        var cloud = await StartAsync(time, null, settings);
        await cloud.PutAsync($"/api/units/{Some.AskingUnit}", new { name = "Sierra", timeZone = "America/Mexico_City" });
        await cloud.PutAsync($"/api/units/{Some.AnsweringUnit}", new { name = "Hospital", timeZone = "America/Mexico_City" });
        await cloud.PutAsync($"/api/gateways/{Some.Gateway}", new { unit = Some.AskingUnit });
        await cloud.PutAsync($"/api/devices/{Some.Cuff}", new { kind = "bloodPressure", label = "Baumanómetro 1", unit = Some.AskingUnit });
        await cloud.PutAsync($"/api/patients/{Some.Patient.Value}", new { name = "Paciente Uno", birthDate = "1980-02-29", sex = "female" });
        await cloud.PutAsync($"/api/patients/{Some.OtherPatient.Value}", new { name = "Paciente Dos" });
        return cloud;
    }

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A client with cookies of its own that follows no redirection.</summary>
    public HttpClient Anonymous() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };

    /// <summary>Another connection of the same signed-in person; follows redirections as a browser does.</summary>
    public HttpClient AnotherSignedIn(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null) =>
        new(new SocketsHttpHandler { ConnectCallback = connect, CookieContainer = _cookies }) { BaseAddress = Address };

    public async Task PutAsync(string path, object body) =>
        (await Client.PutAsJsonAsync(path, body)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(path))!;

    public async Task<HttpStatusCode> PostAsync(string path) => (await Client.PostAsync(path, null)).StatusCode;

    /// <summary>A teleconsult of the patient, started when wished.</summary>
    public async Task<Guid> TeleconsultAsync(Vitals.PatientId patient, bool start = true)
    {
        var answer = await Client.PostAsJsonAsync("/api/teleconsults", new
        {
            patient = patient.Value,
            askingUnit = Some.AskingUnit,
            answeringUnit = Some.AnsweringUnit,
            specialist = "Dra. Prueba",
            scheduledAt = Some.Morning,
        });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<Guid>();
        if (start)
        {
            (await PostAsync($"/api/teleconsults/{id}/start")).ShouldBe(HttpStatusCode.NoContent);
        }

        return id;
    }

    /// <summary>Takes entries in as if they had arrived from the broker.</summary>
    public Task<BatchReceipt> TakeAsync(params BatchEntry[] entries) => TakeAsync(Some.Gateway, Some.Epoch, entries);

    /// <summary>The same from any gateway's outbox.</summary>
    public async Task<BatchReceipt> TakeAsync(Vitals.GatewayId gateway, ulong epoch, params BatchEntry[] entries) =>
        (await Service<ObservationIngest>().TakeAsync(
            [IncomingBatch.Read(TelemedTopics.Of(gateway, TopicKind.Observations), ObservationBatchCodec.Encode(epoch, entries))],
            default)).Single().Receipt;

    /// <summary>A gateway connected to the broker.</summary>
    public async Task<GatewayLink> GatewayAsync(Vitals.GatewayId? gateway = null)
    {
        var (host, port) = await Service<BrokerAddress>().Known.WaitAsync(Patience);
        return await GatewayLink.ConnectAsync(host, port, gateway ?? Some.Gateway);
    }

    /// <summary>Waits across processes, and says what for when it was in vain.</summary>
    public static async Task EventuallyAsync(string what, Func<Task<bool>> condition)
    {
        var since = Stopwatch.StartNew();
        while (!await condition())
        {
            (since.Elapsed < Patience).ShouldBeTrue("waited in vain for: " + what);
            await Task.Delay(10);
        }
    }

    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _app.StopAsync();
            await _app.DisposeAsync();
            Client.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }

        if (!ErrorsExpected)
        {
            Errors.ShouldBeEmpty();
        }
    }

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = [];

        public IEnumerable<string> LinesOf(LogLevel level) => _lines.Where(line => line.Level == level).Select(line => line.Text);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _lines.Enqueue((logLevel, $"{eventId.Id}: {formatter(state, exception)} {exception}"));
            }
        }

        public void Dispose()
        {
        }
    }
}
