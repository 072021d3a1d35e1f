using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Telemed.Edge;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Xunit.Abstractions;

namespace Telemed.Endurance.Tests;

/// <summary>
/// Ninety days of a unit without a link: time is told, nothing waits, each reading goes the whole way from the radio's door to the disk. The box is
/// restarted on the way, once with its clock in 1970. Then the link comes: the program itself, the real broker, the real cloud.
/// </summary>
public sealed class LongOfflineTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Days = 90;
    private const int Devices = 8;

    // All three hundred thousand when asked for; a tenth of them is what a shared build machine has the time for.
    private static readonly int EachDay = Environment.GetEnvironmentVariable("TELEMED_OFFLINE_READINGS") == "all" ? 417 : 42;
    private const int RestartEvery = 9;
    private const int DarkBoot = 4;
    private const int MostMegabytes = 256;
    private const string Pin = "4821";

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-offline-").FullName;
    private readonly DateTimeOffset _began = TimeProvider.System.GetUtcNow().AddDays(-Days);

    private string Data => Path.Combine(_folder, "gateway");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task After_ninety_days_without_a_link_all_is_delivered_once_in_bounded_memory()
    {
        var since = Stopwatch.GetTimestamp();
        for (var boot = 0; boot * RestartEvery < Days; boot++)
        {
            await RunAsync(boot);
        }

        var file = new FileInfo(Path.Combine(Data, "outbox.db")).Length;
        Say($"{Days} days, {Days * Devices * EachDay} readings in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s; the file has {file >> 20} MB");
        file.ShouldBeLessThan(512L << 20, "the file's limit");

        await DeliverAsync();
    }

    // One start of the box: nine days of it.
    private async Task RunAsync(int boot)
    {
        // Without a clock chip and without anybody who tells the time, a box begins in 1970.
        var dark = boot == DarkBoot;
        var time = new ToldTime(dark ? DateTimeOffset.UnixEpoch : _began.AddDays(boot * RestartEvery));
        await using var box = EdgeHost.Build(
            [.. Settings(dark ? "Nobody" : "Trusted")],
            services =>
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(new BootClock(new Guid(boot + 1, 1, 1, new byte[8]), TimeSpan.FromMinutes(1), time));
            });
        if (boot == 0)
        {
            box.Services.GetRequiredService<Roster>().Apply(Unit()).ShouldBeTrue();
        }

        var sink = box.Services.GetRequiredService<IVisitSink>();
        for (var day = 0; day < RestartEvery; day++)
        {
            await Task.WhenAll(Enumerable.Range(0, Devices).Select(device => MeasureAsync(box, sink, time, device)));
            time.Pass(TimeSpan.FromDays(1));
            await box.Services.GetRequiredService<Readings>().TidyAsync();
        }

        var outbox = box.Services.GetRequiredService<DurableOutbox>();
        outbox.Depth().Total.ShouldBe((boot + 1) * RestartEvery * Devices * EachDay);
    }

    private static async Task MeasureAsync(WebApplication box, IVisitSink sink, TimeProvider time, int number)
    {
        var device = Device(number);
        var boot = box.Services.GetRequiredService<BootClock>();
        // Its clock shows the unit's time whatever the box believes; what it measures now is stamped with this second, and no two are alike.
        var local = new DateTime(2026, 1, 1, 8, 0, 0).AddDays(boot.BootId.ToByteArray()[0] * RestartEvery).Add(boot.SinceBoot);
        var visit = new DeviceVisit(
            device, time.GetUtcNow(), DeviceInformation.Nothing, new ClockReading(local, time.GetUtcNow(), boot.SinceBoot, TimeSpan.FromMilliseconds(50)), null);
        await sink.BeginAsync(visit, default);
        for (var i = 0; i < EachDay; i++)
        {
            byte[] octets =
            [
                0x02, (byte)(90 + (i % 100)), 0x00, 0x56, 0x00, (byte)(0x5A + (i / 100)), 0x00,
                (byte)local.Year, (byte)(local.Year >> 8), (byte)local.Month, (byte)local.Day, (byte)local.Hour, (byte)local.Minute, (byte)local.Second,
            ];
            await sink.ReceiveAsync(visit, new GattNotification(device, BloodPressure, octets, time.GetUtcNow(), boot.SinceBoot), null, default);
        }

        await sink.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Listen), default);
    }

    private async Task DeliverAsync()
    {
        var all = Days * Devices * EachDay;
        var (cloudPort, gatewayPort) = (FreePort(), FreePort());
        await using var cloud = Start("Telemed.Cloud", $"--Data={Path.Combine(_folder, "cloud")}", $"--Urls=http://127.0.0.1:{cloudPort}", "--Access:User=offline", "--Access:Password=una-clave-de-prueba");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{cloudPort}") };
        await SignInAsync(http, new { user = "offline", password = "una-clave-de-prueba" });
        await http.PutAsJsonAsync("/api/units/CSIMB002980", new { name = "Sierra", timeZone = "America/Mexico_City" });
        await http.PutAsJsonAsync("/api/gateways/gw-sierra-1", new { unit = "CSIMB002980" });
        await http.PutAsJsonAsync("/api/units/CSIMB002980/nurses/enf.lopez", new { displayName = "Lopez", pin = Pin });

        var began = Stopwatch.GetTimestamp();
        await using var gateway = Start("Telemed.Edge", [
            .. Settings("Trusted"), "--Ble:Bus=unix:path=/nowhere", $"--Local:Url=http://127.0.0.1:{gatewayPort}",
            $"--Uplink:Port={(await File.ReadAllTextAsync(Path.Combine(_folder, "cloud", "broker-port"))).Trim()}"]);
        using var local = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gatewayPort}") };
        await SignInAsync(local, new { account = "enf.lopez", pin = Pin });
        Say($"with {all} waiting the box answers {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after its start");
        var asked = Stopwatch.GetTimestamp();
        (await local.GetAsync("/api/status")).EnsureSuccessStatusCode();
        (await local.GetAsync("/estado")).EnsureSuccessStatusCode();
        Say($"its status and state page take {Stopwatch.GetElapsedTime(asked).TotalMilliseconds:0} ms");

        long stored, waiting;
        do
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(8)).ShouldBeTrue("delivered within minutes");
            stored = (await http.GetFromJsonAsync<JsonElement>("/api/counts")).GetProperty("stored").GetInt64();
            waiting = (await local.GetFromJsonAsync<JsonElement>("/api/status")).GetProperty("waiting").GetInt64();
        }
        while (waiting > 0);

        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var peak = PeakMegabytes(gateway.Id);
        Say($"all delivered {took:0} s after the start, {all / took:0} readings/s; the gateway's memory at its highest {peak:0} MB");
        stored.ShouldBe(all);
        peak.ShouldBeLessThan(MostMegabytes);
    }

    private List<string> Settings(string clock) =>
    [
        "--Gateway:Id=gw-sierra-1", "--Gateway:Mode=Home", $"--Gateway:Data={Data}", $"--Timing:Source={clock}", "--Outbox:MaximumMegabytes=512", "--Outbox:HistoryKept=50000",
        "--Attribution:Nurses:0:Account=enf.lopez", "--Attribution:Nurses:0:DisplayName=Lopez", $"--Attribution:Nurses:0:PinVerifier={PinVerifier.Of(Pin, iterations: 1000)}",
        "--Logging:Console:LogLevel:Default=None",
    ];

    private UnitRoster Unit() => new(
        1, _began, "CSIMB002980", "Sierra", "America/Mexico_City", [], [new Nurse("enf.lopez", "Lopez", PinVerifier.Of(Pin, 1000))],
        [.. Enumerable.Range(0, Devices).Select(i => new RosterPatient(Patient(i), new Person("Ana", "Prueba", "", "", "", "", "", "")))], [],
        [.. Enumerable.Range(0, Devices).Select(i => new PersonalDevice(Device(i), null, Patient(i), _began.AddDays(-1), null))]);

    private static GattUuid BloodPressure => new(Guid.Parse("00002a35-0000-1000-8000-00805f9b34fb"));

    private static DeviceId Device(int number) => new($"C0FFEE02{number:X4}");

    private static PatientId Patient(int number) => new(new Guid(number + 1, 7, 7, new byte[8]));

    private static async Task SignInAsync(HttpClient http, object who)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await http.PostAsJsonAsync("/api/sign-in", who);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                await Task.Delay(100);
            }
        }
    }

    private static ChildProcess Start(string project, params string[] arguments)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return ChildProcess.Start("dotnet", [Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, project + ".dll"), .. arguments]);
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static double PeakMegabytes(int process) => double.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    // Goes on only when told to.
    private sealed class ToldTime(DateTimeOffset start) : TimeProvider
    {
        private long _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => start.AddTicks(Volatile.Read(ref _passed));

        public override long GetTimestamp() => Volatile.Read(ref _passed);

        public void Pass(TimeSpan span) => Interlocked.Add(ref _passed, span.Ticks);
    }
}
