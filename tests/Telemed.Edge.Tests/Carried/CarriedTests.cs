using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Telemed.Edge.Attribution;
using Telemed.Edge.Carried;
using Telemed.Edge.Outbox;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Tests.Local;
using Telemed.Edge.Tests.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Carried;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Carried;

/// <summary>A whole gateway without a link and a stick; the cloud's side is played with the cloud's key.</summary>
public sealed class CarriedTests : IAsyncLifetime
{
    private readonly string _stick = Directory.CreateTempSubdirectory("telemed-stick-").FullName;
    private readonly CarriedKey _cloud = CarriedKey.FromPem(CarriedKey.DrawPem())!;
    private NurseStation _station = null!;

    public async Task InitializeAsync()
    {
        _station = await NursePage.StationAsync("cuff", [$"Carried:Folder={_stick}", $"Carried:CloudKey={_cloud.Public}"]);
        await Outbox.AppendAsync(new OutboxWrite
        {
            Captures = [.. Enumerable.Range(0, 450).Select(i => new NewCapture(OutboxFolder.Raw())
            {
                Entries = [new OutboxDraft(i % 10 == 0 ? OutboxLane.Urgent : OutboxLane.Normal, Temperature)],
            })],
        });
    }

    public async Task DisposeAsync()
    {
        await _station.DisposeAsync();
        _cloud.Dispose();
        Directory.Delete(_stick, recursive: true);
    }

    [Fact]
    public async Task All_that_waits_is_carried_from_the_page_and_leaves_by_the_receipts_alone()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.GotoAsync("/estado");
        await browser.Page.ClickAsync("#carried-write");
        await browser.SaysAsync("#state-carried", "Copiadas: 450");
        await browser.PictureAsync("memoria-copiada");

        var sequences = await CarriedAsync();
        sequences.Order().ShouldBe(Enumerable.Range(1, 450).Select(i => (ulong)i));
        Outbox.Depth().Total.ShouldBe(450, "written is not stored");
        Directory.GetFiles(_stick).Select(Path.GetFileName).ShouldBe(["telemed-test.readings"]);

        await ReceiptsAsync(BatchReceipt.For(Outbox.Epoch, sequences.Where(sequence => sequence != 7), [new RefusedEntry(7, "not-storable")]));
        await browser.Page.ClickAsync("#carried-receipts");
        await browser.SaysAsync("#state-carried", "La nube confirmó 450 lecturas");
        Outbox.Depth().Total.ShouldBe(0);
        Outbox.Refused(10).ShouldHaveSingleItem().Reason.ShouldBe("not-storable");
    }

    [Fact]
    public async Task A_second_file_takes_the_place_of_the_first_and_holds_what_still_waits()
    {
        (await WriteAsync()).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Outbox.ReceiptAsync(Outbox.Epoch, [(1, 400)], []);

        (await WriteAsync()).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await CarriedAsync()).Order().ShouldBe(Enumerable.Range(401, 50).Select(i => (ulong)i));
    }

    [Theory]
    [InlineData("torn")]
    [InlineData("altered")]
    [InlineData("other-kind")]
    [InlineData("other-gateway")]
    [InlineData("not-ours")]
    public async Task Receipts_that_are_not_the_clouds_or_not_whole_change_nothing(string problem)
    {
        var receipt = BatchReceipt.For(Outbox.Epoch, [1, 2, 3], []);
        await ReceiptsAsync(receipt, problem == "other-gateway" ? "gw-other" : "test", problem == "other-kind" ? CarriedKind.Readings : CarriedKind.Receipts);
        var path = Path.Combine(_stick, "telemed-test.receipts");
        var octets = await File.ReadAllBytesAsync(path);
        octets = problem switch
        {
            "torn" => octets[..^3],
            "altered" => [.. octets[..^3], 0, 0, 0],
            "not-ours" => [1, 2, 3],
            _ => octets,
        };
        await File.WriteAllBytesAsync(path, octets);

        var answer = await _station.Http.PostAsJsonAsync("/api/carried/receipts", new { });

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString().ShouldBe(problem);
        Outbox.Depth().Total.ShouldBe(450);
    }

    [Fact]
    public async Task A_stick_that_is_gone_or_cannot_be_written_is_told_and_nothing_is_lost()
    {
        Directory.CreateDirectory(Path.Combine(_stick, "telemed-test.readings.part"));
        (await ProblemOfAsync(await WriteAsync())).ShouldBe("medium-failed");
        (await ProblemOfAsync(await _station.Http.PostAsJsonAsync("/api/carried/readings", new { folder = "/somewhere/else" }))).ShouldBe("no-medium");
        (await ProblemOfAsync(await _station.Http.PostAsJsonAsync("/api/carried/receipts", new { }))).ShouldBe("no-receipts");
        Outbox.Depth().Total.ShouldBe(450);
    }

    [Fact]
    public async Task The_command_does_the_same_on_the_files_of_a_gateway_that_does_not_run_and_not_of_one_that_does()
    {
        string[] settings = [$"--Gateway:Data={_station.Data}", "--Gateway:Id=test", $"--Carried:CloudKey={_cloud.Public}"];
        using var errors = new StringWriter();
        (await CarriedCommand.RunAsync(["write", _stick, .. settings], TextWriter.Null, errors)).ShouldBe(1);
        errors.ToString().ShouldContain("in use by another process");

        // What waits for the rest of it goes along: the box may not run again.
        await Outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(OutboxFolder.Raw()) { Held = new OutboxDraft(OutboxLane.Normal, Temperature) }] });
        await _station.StopGatewayAsync();
        using var output = new StringWriter();
        (await CarriedCommand.RunAsync(["write", _stick, .. settings], output, errors)).ShouldBe(0);

        output.ToString().Trim().ShouldBe("Written 451 telemed-test.readings");
        (await CarriedCommand.RunAsync(["write"], output, errors)).ShouldBe(64);
        await _station.StartGatewayAsync();
        (await CarriedAsync()).Count.ShouldBe(451);
    }

    private DurableOutbox Outbox => _station.Part<DurableOutbox>();

    private Task<HttpResponseMessage> WriteAsync() => _station.Http.PostAsJsonAsync("/api/carried/readings", new { });

    private static async Task<string?> ProblemOfAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString();

    private async Task<List<ulong>> CarriedAsync()
    {
        List<ulong> sequences = [];
        using var file = File.OpenRead(Path.Combine(_stick, "telemed-test.readings"));
        await foreach (var message in CarriedFile.ReadAsync(file, CarriedKind.Readings, _cloud, _ => _station.Part<CarriedKey>().Public, default))
        {
            var decoding = ObservationBatchCodec.Decode(new GatewayId("test"), message);
            decoding.Failure.ShouldBeNull();
            decoding.OutboxEpoch.ShouldBe(Outbox.Epoch);
            sequences.AddRange(decoding.Sequences);
        }

        return sequences;
    }

    private async Task ReceiptsAsync(BatchReceipt receipt, string gateway = "test", CarriedKind kind = CarriedKind.Receipts)
    {
        using var file = File.Create(Path.Combine(_stick, "telemed-test.receipts"));
        byte[][] messages = [receipt.Encode()];
        await CarriedFile.WriteAsync(file, kind, new GatewayId(gateway), _cloud, _station.Part<CarriedKey>().Public, messages.ToAsyncEnumerable(), default);
    }

    private static ReadOnlyMemory<byte> Temperature(CaptureRef capture) => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new Observation
    {
        Gateway = new GatewayId("test"),
        Device = OutboxFolder.Device,
        Capture = capture,
        VitalSign = VitalSign.Temperature,
        Values = [Quantity.Of(36.5m, Units.Celsius)],
        Time = new TimeStamped(null, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000), null, TimeMethod.None, TimeSpan.Zero),
        Unassigned = UnassignedReason.NoSession,
    })]);
}
