using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Telemed.Vitals;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Cloud.Tests.Ingest;

/// <summary>From a gateway's message at a real broker to what the API shows and the receipt that comes back.</summary>
public sealed class ObservationIngestTests : IAsyncLifetime
{
    private RunningCloud _cloud = null!;
    private GatewayLink _gateway = null!;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        _gateway = await _cloud.GatewayAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task A_reading_is_stored_with_all_that_was_said_of_it_and_receipted()
    {
        await _gateway.SendAsync(
            Some.Entry(7, Some.BloodPressure(1, Some.Morning, null)), Some.Entry(8, Some.Glucose(2, Some.Morning.AddSeconds(-1), null)));

        var receipt = await _gateway.ReceiptAsync();
        receipt.OutboxEpoch.ShouldBe(Some.Epoch);
        receipt.Stored.ShouldBe([(7UL, 8UL)]);
        receipt.Refused.ShouldBeEmpty();
        var page = await _cloud.GetAsync("/api/unassigned");
        page["position"]!.GetValue<long>().ShouldBe(2);
        var pressure = page["readings"]![0]!.AsObject();
        pressure.Remove("id");
        JsonNode.DeepEquals(pressure, JsonNode.Parse("""
            {"position":1,"vitalSign":"bloodPressure","values":[
                {"part":"systolic","value":"138.0","unit":"mm[Hg]"},{"part":"diastolic","value":"86","unit":"mm[Hg]"},
                {"part":"meanArterialPressure","absent":"not-a-number","unit":"mm[Hg]"}],
             "effective":"2026-11-22T14:00:00.000Z","deviceLocal":null,"arrival":"2026-11-22T14:00:00.000Z","stored":"2026-11-22T14:00:00.000Z",
             "method":"arrival","uncertaintyMs":1500,"flags":["irregularPulse"],"late":false,"unassigned":"noSession","device":"C0FFEE000001",
             "deviceLabel":"Baumanómetro 1","gateway":"gw-sierra-1","recordNumber":null,"glucose":null,"assigned":null,"retimed":null,"samples":null}
            """)).ShouldBeTrue(pressure.ToJsonString());
        var glucose = page["readings"]![1]!;
        glucose["id"]!.GetValue<string>().ShouldBe(Some.Glucose(2, Some.Morning, null).Id.ToString());
        glucose["values"]![0]!.ToJsonString().ShouldBe("""{"part":"glucose","value":"5.60","unit":"mmol/L"}""");
        glucose["deviceLocal"]!.GetValue<string>().ShouldBe("2026-11-22T08:01:30");
        glucose["recordNumber"]!.GetValue<int>().ShouldBe(12);
        glucose["flags"]!.ToJsonString().ShouldBe("""["batteryLow","bit40"]""");
        glucose["glucose"]!.ToJsonString().ShouldBe("""{"sampleType":1,"sampleLocation":1,"meal":3}""");
    }

    [Fact]
    public async Task A_duplicate_is_a_success_and_receipted_again()
    {
        var reading = Some.Glucose(1, Some.Morning, Some.Patient);
        await _gateway.SendAsync(Some.Entry(1, reading));
        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 1UL)]);

        await _gateway.SendAsync(Some.Entry(5, reading with { Capture = new CaptureRef(Some.Epoch, 9) }), Some.Entry(6, reading));

        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(5UL, 6UL)]);
        var counts = await _cloud.GetAsync("/api/counts");
        counts["stored"]!.GetValue<int>().ShouldBe(1);
        counts["duplicates"]!.GetValue<int>().ShouldBe(2);
        counts["gateways"]![0]!["highestSequence"]!.GetValue<int>().ShouldBe(6);
        counts["gateways"]![0]!["lastReceivedAt"]!.GetValue<string>().ShouldBe("2026-11-22T14:00:00.000Z");
    }

    [Fact]
    public async Task The_same_reading_said_to_be_another_persons_stays_with_the_first_and_is_set_aside()
    {
        await _gateway.SendAsync(Some.Entry(1, Some.Glucose(1, Some.Morning, Some.Patient)));
        await _gateway.ReceiptAsync();

        await _gateway.SendAsync(Some.Entry(2, Some.Glucose(1, Some.Morning, Some.OtherPatient)));

        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(2UL, 2UL)]);
        (await SetAside()).ShouldHaveSingleItem().ShouldBe("entry gw-sierra-1 stored-for-another-patient 1");
    }

    [Fact]
    public async Task A_payload_that_cannot_be_decoded_is_kept_once_and_the_stream_goes_on()
    {
        byte[] garbage = [0xFF, 0xFF, 0xFF, 0x07, 0x00];
        await _gateway.SendAsync(garbage);
        await _gateway.SendAsync(garbage);
        await _gateway.SendAsync(Some.Entry(3, Some.BloodPressure(1, Some.Morning, null)));

        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(3UL, 3UL)]);
        (await SetAside()).ShouldHaveSingleItem().ShouldBe("payload gw-sierra-1 not-protobuf 2");
        (await _cloud.Client.GetByteArrayAsync("/api/set-aside/1/octets")).ShouldBe(garbage);
        (await _cloud.GetAsync("/api/counts"))["setAsidePayloads"]!.GetValue<int>().ShouldBe(1);
        (await _cloud.Client.GetAsync("/api/set-aside/2/octets")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_batch_of_a_later_version_is_kept_whole_and_every_sequence_receipted_as_refused()
    {
        var batch = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(
            Some.Epoch, [Some.Entry(4, Some.BloodPressure(1, Some.Morning, null)), Some.Entry(9, Some.BloodPressure(2, Some.Morning, null))]));
        batch.Version = 3;
        await _gateway.SendAsync(batch.ToByteArray());

        var receipt = await _gateway.ReceiptAsync();
        receipt.Stored.ShouldBeEmpty();
        receipt.Refused.ShouldBe([new RefusedEntry(4, "unknown-version"), new RefusedEntry(9, "unknown-version")]);
        (await SetAside()).ShouldHaveSingleItem().ShouldBe("payload gw-sierra-1 unknown-version 1");
        (await _cloud.Client.GetByteArrayAsync("/api/set-aside/1/octets")).ShouldBe(batch.ToByteArray());
        (await _cloud.GetAsync("/api/counts"))["refused"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Readings_with_fields_of_a_later_sender_are_stored_and_the_payload_kept_too()
    {
        byte[] payload =
        [
            .. ObservationBatchCodec.Encode(Some.Epoch, [Some.Entry(1, Some.BloodPressure(1, Some.Morning, null))]),
            0xC2, 0x3E, 0x01, 0x55, // field 1000, one octet
        ];
        await _gateway.SendAsync(payload);

        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 1UL)]);
        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(1);
        (await SetAside()).ShouldHaveSingleItem().ShouldBe("payload gw-sierra-1 unknown-fields 1");
        (await _cloud.Client.GetByteArrayAsync("/api/set-aside/1/octets")).ShouldBe(payload);
    }

    [Fact]
    public async Task A_frame_of_a_makers_own_characteristic_is_kept_with_its_whole_name()
    {
        var own = Guid.Parse("0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b");
        await _gateway.SendAsync(Some.Frame(1), BatchEntry.Of(2, new QuarantinedReading(
            Some.Cuff, new CaptureRef(Some.Epoch, 2), 0, [0x0A], Some.Morning, "too-short")
        { VendorCharacteristic = own }));

        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 2UL)]);
        (await _cloud.GetAsync("/api/set-aside")).AsArray().Select(item => item!["characteristic"]!.GetValue<string>()).ShouldBe(["2a35", own.ToString()]);
    }

    [Fact]
    public async Task What_an_unknown_gateway_sends_is_kept_entry_by_entry_and_refused()
    {
        await using var stranger = await _cloud.GatewayAsync(new GatewayId("gw-stranger"));
        await stranger.SendAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, Some.Patient)), Some.Frame(2));

        var receipt = await stranger.ReceiptAsync();
        receipt.Stored.ShouldBeEmpty();
        receipt.Refused.ShouldBe([new RefusedEntry(1, "unknown-gateway"), new RefusedEntry(2, "unknown-gateway")]);
        (await SetAside()).ShouldBe(["entry gw-stranger unknown-gateway 1", "entry gw-stranger unknown-gateway 1"]);
        var kept = ObservationBatchCodec.Decode(new GatewayId("gw-stranger"), await _cloud.Client.GetByteArrayAsync("/api/set-aside/1/octets"));
        kept.Entries.Single().Observation!.Values.ShouldBe(Some.BloodPressure(1, Some.Morning, Some.Patient).Values);
        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task What_came_from_a_gateway_before_it_was_registered_is_taken_in_when_it_is()
    {
        await using var stranger = await _cloud.GatewayAsync(new GatewayId("gw-stranger"));
        var reading = Some.BloodPressure(1, Some.Morning, Some.Patient) with { Gateway = new GatewayId("gw-stranger") };
        var contradiction = reading with { Capture = new CaptureRef(Some.Epoch, 3), Unassigned = UnassignedReason.NoSession };
        await stranger.SendAsync(Some.Entry(1, reading), Some.Frame(2), Some.Assign(4, reading, Some.OtherPatient), Some.Entry(3, contradiction));
        (await stranger.ReceiptAsync()).Refused.Length.ShouldBe(4);
        var id = await _cloud.TeleconsultAsync(Some.OtherPatient);

        await _cloud.PutAsync("/api/gateways/gw-stranger", new { unit = Some.AskingUnit });

        await RunningCloud.EventuallyAsync("what was set aside to be taken in", async () =>
            (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>() == 1);
        (await SetAside()).ShouldBe(["entry gw-stranger patient-contradiction 1", "gateway gw-stranger too-short 1"], ignoreOrder: true);
        (await _cloud.GetAsync($"/api/teleconsults/{id}/readings"))["readings"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_frame_that_the_gateway_could_not_decode_is_kept_and_receipted_as_stored()
    {
        await _gateway.SendAsync(Some.Frame(1), Some.Frame(2));
        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 2UL)]);
        await _gateway.SendAsync(Some.Frame(2));
        (await _gateway.ReceiptAsync()).Stored.ShouldBe([(2UL, 2UL)]);

        (await SetAside()).ShouldBe(["gateway gw-sierra-1 too-short 1", "gateway gw-sierra-1 too-short 2"]);
        var first = (await _cloud.GetAsync("/api/set-aside"))[0]!;
        first["characteristic"]!.GetValue<string>().ShouldBe("2a35");
        first["octets"]!.GetValue<int>().ShouldBe(2);
        (await _cloud.GetAsync("/api/counts"))["quarantined"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_reading_of_a_patient_that_says_it_is_nobodys_is_refused()
    {
        var contradiction = Some.BloodPressure(1, Some.Morning, Some.Patient) with { Unassigned = UnassignedReason.NoSession };
        await _gateway.SendAsync(Some.Entry(1, contradiction), Some.Entry(2, Some.BloodPressure(2, Some.Morning, Some.Patient)));

        var receipt = await _gateway.ReceiptAsync();
        receipt.Stored.ShouldBe([(2UL, 2UL)]);
        receipt.Refused.ShouldBe([new RefusedEntry(1, "patient-contradiction")]);
        (await SetAside()).ShouldHaveSingleItem().ShouldBe("entry gw-sierra-1 patient-contradiction 1");
    }

    private async Task<string[]> SetAside() =>
    [
        .. (await _cloud.GetAsync("/api/set-aside")).AsArray().Select(item => $"{item!["origin"]} {item["gateway"]} {item["reason"]} {item["times"]}"),
    ];
}
