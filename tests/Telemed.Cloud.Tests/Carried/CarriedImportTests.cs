using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Telemed.Vitals;
using Telemed.Vitals.Carried;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Carried;

/// <summary>Files as a gateway makes them, handed in by the API and by the page; the keys are told over the link, as in life.</summary>
public sealed partial class CarriedImportTests : IAsyncLifetime
{
    private readonly CarriedKey _gateway = CarriedKey.FromPem(CarriedKey.DrawPem())!;
    private RunningCloud _cloud = null!;
    private string _cloudKey = "";

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        await using var link = await _cloud.GatewayAsync();
        await link.ReportAsync(new GatewayReport(true, Some.Morning, Some.Epoch, 0, null, "prueba") { CarriedKey = _gateway.Public }.Encode());
        _cloudKey = (await link.RosterAsync()).CarriedKey;
    }

    public async Task DisposeAsync()
    {
        await _cloud.DisposeAsync();
        _gateway.Dispose();
    }

    [Fact]
    public async Task A_file_is_stored_once_however_often_it_comes_and_also_after_the_link()
    {
        var entries = Enumerable.Range(1, 30).Select(i => BatchEntry.Of((ulong)i, Some.BloodPressure((ulong)i, Some.Morning.AddMinutes(-i), Some.Patient))).ToArray();
        await using (var link = await _cloud.GatewayAsync())
        {
            await link.SendAsync(entries[..10]);
            await link.ReceiptAsync();
        }

        var file = await FileAsync(entries[..20], entries[20..]);
        (await EntriesAsync(await HandInAsync(file))).ShouldBe(30);
        (await EntriesAsync(await HandInAsync(file))).ShouldBe(30);

        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<long>().ShouldBe(30);
        var receipts = await ReceiptsAsync();
        receipts.ShouldAllBe(receipt => receipt.OutboxEpoch == Some.Epoch && receipt.Refused.IsEmpty);
        receipts.SelectMany(receipt => receipt.Stored).Distinct().ShouldBe([(1UL, 30UL)]);
    }

    [Fact]
    public async Task What_is_refused_is_in_the_receipts_with_its_reason_and_kept()
    {
        var wrong = Some.BloodPressure(5, Some.Morning, Some.Patient) with { Unassigned = UnassignedReason.NoSession };

        var answer = await HandInAsync(await FileAsync([BatchEntry.Of(4, Some.BloodPressure(4, Some.Morning, Some.Patient)), BatchEntry.Of(5, wrong)]));

        (await answer.Content.ReadFromJsonAsync<JsonNode>())!["refused"]!.GetValue<long>().ShouldBe(1);
        var receipts = await ReceiptsAsync();
        receipts.SelectMany(receipt => receipt.Stored).ShouldBe([(4UL, 4UL)]);
        receipts.SelectMany(receipt => receipt.Refused).ShouldBe([new RefusedEntry(5, "patient-contradiction")]);
    }

    [Theory]
    [InlineData("torn")]
    [InlineData("altered")]
    [InlineData("other-recipient")]
    [InlineData("unknown-sender")]
    [InlineData("other-kind")]
    [InlineData("not-ours")]
    public async Task A_file_that_is_not_what_it_should_be_is_refused_whole_and_says_why(string code)
    {
        using var stranger = CarriedKey.FromPem(CarriedKey.DrawPem())!;
        var entry = BatchEntry.Of(1, Some.BloodPressure(1, Some.Morning, Some.Patient));
        var file = code switch
        {
            "other-recipient" => await FileAsync(stranger.Public, _gateway, Some.Gateway, CarriedKind.Readings, [entry]),
            "unknown-sender" => await FileAsync(_cloudKey, _gateway, new GatewayId("gw-nobody"), CarriedKind.Readings, [entry]),
            "other-kind" => await FileAsync(_cloudKey, _gateway, Some.Gateway, CarriedKind.Receipts, [entry]),
            "altered" => await FileAsync(_cloudKey, stranger, Some.Gateway, CarriedKind.Readings, [entry]),
            "torn" => (await FileAsync([entry], [entry]))[..^30],
            _ => [1, 2, 3],
        };

        var answer = await HandInAsync(file);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadFromJsonAsync<JsonNode>())!["type"]!.GetValue<string>().ShouldBe(code);
        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<long>().ShouldBe(0);
        (await _cloud.GetAsync("/api/carried")).AsArray().ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(_cloud.Folder, "carried")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_coordinator_hands_it_in_on_the_page_and_takes_the_receipts_there()
    {
        var form = await _cloud.Client.GetStringAsync("/memoria");
        var file = await FileAsync([BatchEntry.Of(1, Some.BloodPressure(1, Some.Morning, Some.Patient))]);
        WebUtility.HtmlDecode(form).ShouldContain(_cloudKey);

        var answer = await SendFormAsync(form, file);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()).ShouldContain("Se recibieron 1 lecturas de gw-sierra-1");
        var torn = await SendFormAsync(form, file[..^5]);
        torn.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        WebUtility.HtmlDecode(await torn.Content.ReadAsStringAsync()).ShouldContain("El archivo está incompleto");
        (await ReceiptsAsync("/memoria/gw-sierra-1")).SelectMany(receipt => receipt.Stored).ShouldBe([(1UL, 1UL)]);
        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task A_gateway_that_never_had_a_link_is_known_by_the_key_that_somebody_entered()
    {
        using var home = CarriedKey.FromPem(CarriedKey.DrawPem())!;
        await _cloud.PutAsync("/api/gateways/casa-041", new { unit = Some.AskingUnit });
        var file = await FileAsync(_cloudKey, home, new GatewayId("casa-041"), CarriedKind.Readings, [BatchEntry.Of(1, Some.BloodPressure(1, Some.Morning, null) with { Unassigned = UnassignedReason.NoSession })]);
        (await HandInAsync(file)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        await _cloud.PutAsync("/api/gateways/casa-041/carried-key", new { key = home.Public });

        (await EntriesAsync(await HandInAsync(file))).ShouldBe(1);
        (await _cloud.Client.PutAsJsonAsync("/api/gateways/casa-041/carried-key", new { key = "short" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task<HttpResponseMessage> SendFormAsync(string form, byte[] file)
    {
        using var content = new MultipartFormDataContent
        {
            { new StringContent(Token().Match(form).Groups[1].Value), "__RequestVerificationToken" },
            { new ByteArrayContent(file), "archivo", "telemed-gw-sierra-1.readings" },
        };
        return await _cloud.Client.PostAsync("/memoria", content);
    }

    private Task<HttpResponseMessage> HandInAsync(byte[] file) => _cloud.Client.PostAsync("/api/carried", new ByteArrayContent(file));

    private static async Task<long> EntriesAsync(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["entries"]!.GetValue<long>();
    }

    private async Task<List<BatchReceipt>> ReceiptsAsync(string path = "/api/carried/gw-sierra-1/receipts")
    {
        List<BatchReceipt> receipts = [];
        await foreach (var message in CarriedFile.ReadAsync(await _cloud.Client.GetStreamAsync(path), CarriedKind.Receipts, _gateway, _ => _cloudKey, default))
        {
            BatchReceipt.TryDecode(message, out var receipt, out _).ShouldBeTrue();
            receipts.Add(receipt!);
        }

        return receipts;
    }

    private Task<byte[]> FileAsync(params BatchEntry[][] batches) => FileAsync(_cloudKey, _gateway, Some.Gateway, CarriedKind.Readings, batches);

    private static async Task<byte[]> FileAsync(string recipient, CarriedKey sender, GatewayId gateway, CarriedKind kind, params BatchEntry[][] batches)
    {
        using var file = new MemoryStream();
        await CarriedFile.WriteAsync(
            file, kind, gateway, sender, recipient, batches.Select(batch => ObservationBatchCodec.Encode(Some.Epoch, batch)).ToAsyncEnumerable(), default);
        return file.ToArray();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" (?:type=\"hidden\" )?value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
