using System.Net;
using System.Text.Json;
using Telemed.DBus;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Pairing from the nurse's request to the enrolled meter, against simulated meters that keep and lose keys.</summary>
public sealed class PairingTests : IAsyncLifetime
{
    private NurseStation _station = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Fact]
    public async Task A_meter_without_a_code_is_paired_when_it_was_read_after_off_and_on()
    {
        await OpenAsync("glucometer", "JustWorks");
        (await _station.BeginAsync(NurseStation.Glucometer)).ShouldBe(HttpStatusCode.Accepted);
        (await _station.BeginAsync(NurseStation.Glucometer)).ShouldBe(HttpStatusCode.Conflict);
        var bonded = await _station.ReachesAsync("bonded");
        bonded.GetProperty("state").GetProperty("text").GetString().ShouldBe("Bien. Ahora apague el medidor, o espere a que se apague solo.");
        bonded.GetProperty("address").GetString().ShouldBe(NurseStation.Glucometer);
        (await _station.EnrolledAsync(NurseStation.Glucometer)).ShouldBeNull("keys alone prove nothing");

        await _station.ProveAsync("glucometer");

        var device = (await _station.EnrolledAsync(NurseStation.Glucometer))!.Value;
        device.GetProperty("label").GetString().ShouldBe("Medidor 1");
        device.GetProperty("station").GetString().ShouldBe("consultorio-1");
        device.GetProperty("paired").ValueKind.ShouldBe(JsonValueKind.String);
        device.GetProperty("held").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _station.DurableAsync()).ShouldBeGreaterThan(0);
        await _station.CancelAsync();
        (await _station.PairingAsync()).ShouldBeNull("dismissed");
    }

    [Fact]
    public async Task A_paired_meter_is_read_50_times_of_50_after_off_and_on_without_a_hand()
    {
        await OpenAsync("glucometer", "JustWorks", "--older-records", "1");
        await _station.PairAsync("glucometer", NurseStation.Glucometer);
        await NurseStation.UntilAsync("the records so far", async () => await _station.DurableAsync() == 2);
        for (var round = 1; round <= 50; round++)
        {
            await _station.Meters.TellAsync("off glucometer");
            await _station.Meters.TellAsync("measure glucometer");
            var expected = 2 + round;
            await NurseStation.UntilAsync($"reading {round} of 50", async () => await _station.DurableAsync() == expected);
        }

        (await _station.HeldAsync(NurseStation.Glucometer)).ShouldBeNull();
    }

    [Fact]
    public async Task The_digits_on_the_meter_are_asked_for_and_pair_it()
    {
        await OpenAsync("glucometer", "Passkey");
        await _station.BeginAsync(NurseStation.Glucometer);
        (await _station.AnswerAsync(true, "000000")).ShouldBe(HttpStatusCode.Conflict, "nothing is asked yet");
        var question = await _station.AskedAsync("enterPasskey");
        question.GetProperty("until").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        (await _station.AnswerAsync(true, "12ab")).ShouldBe(HttpStatusCode.BadRequest);
        (await _station.AnswerAsync(true, await _station.DisplayAsync(NurseStation.Glucometer))).ShouldBe(HttpStatusCode.NoContent);
        await _station.ProveAsync("glucometer");
    }

    [Fact]
    public async Task Wrong_digits_pair_nothing_and_a_second_attempt_with_the_right_ones_does()
    {
        await OpenAsync("glucometer", "Passkey");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await _station.AnswerAsync(true, "999999");
        (await _station.FailsAsync()).ShouldBe("wrongCode");
        (await _station.EnrolledAsync(NurseStation.Glucometer)).ShouldBeNull();

        await _station.Meters.TellAsync("measure glucometer");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await _station.AnswerAsync(true, await _station.DisplayAsync(NurseStation.Glucometer));
        await _station.ProveAsync("glucometer");
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_pairs_nothing()
    {
        await OpenAsync("glucometer", "Passkey", settings: ["Pairing:AnswerLimit=00:00:00.5"]);
        await _station.BeginAsync(NurseStation.Glucometer);
        (await _station.FailsAsync()).ShouldBe("answerLate");
        (await _station.AnswerAsync(true, "000001")).ShouldBe(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_equal_numbers_are_confirmed_or_denied(bool equal)
    {
        await OpenAsync("cuff", "Comparison");
        await _station.Meters.TellAsync("measure cuff");
        await _station.BeginAsync(NurseStation.Cuff);
        var question = await _station.AskedAsync("comparePasskey");
        var shown = await _station.DisplayAsync(NurseStation.Cuff);
        question.GetProperty("code").GetString().ShouldBe(shown);
        question.GetProperty("text").GetProperty("text").GetString().ShouldBe($"¿El medidor muestra el número {shown}?");
        (await _station.AnswerAsync(equal)).ShouldBe(HttpStatusCode.NoContent);
        if (equal)
        {
            await _station.ProveAsync("cuff");
        }
        else
        {
            (await _station.FailsAsync()).ShouldBe("refusedByPerson");
        }
    }

    [Fact]
    public async Task A_cancelled_pairing_withdraws_its_question_and_leaves_nothing_behind()
    {
        await OpenAsync("glucometer", "Passkey");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await _station.CancelAsync();
        (await _station.FailsAsync()).ShouldBe("cancelled");
        (await _station.PairingAsync())!.Value.GetProperty("question").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _station.EnrolledAsync(NurseStation.Glucometer)).ShouldBeNull();
    }

    [Fact]
    public async Task A_device_that_nobody_chose_is_rejected_without_a_question()
    {
        await OpenAsync("glucometer,cuff", "Passkey");
        await using var other = await DBusConnection.ConnectAsync(_station.Bus.Address);
        await NurseStation.UntilAsync("the glucometer is known and our agent asked", async () =>
            await PairByAsync(other, NurseStation.Glucometer) == "org.bluez.Error.AuthenticationFailed"
            && _station.Log.Lines.Any(line => line.Contains("Rejected EnterPasskey", StringComparison.Ordinal)));
        (await _station.PairingAsync()).ShouldBeNull();

        await _station.Meters.TellAsync("measure cuff");
        await _station.BeginAsync(NurseStation.Cuff);
        await _station.AskedAsync("enterPasskey");
        await _station.Meters.TellAsync("measure glucometer");
        (await PairByAsync(other, NurseStation.Glucometer)).ShouldBe("org.bluez.Error.AuthenticationFailed");
        (await _station.AskedAsync("enterPasskey")).GetProperty("kind").GetString().ShouldBe("enterPasskey", "the nurse's own question stays");
        await _station.AnswerAsync(true, await _station.DisplayAsync(NurseStation.Cuff));
        await _station.ProveAsync("cuff");
    }

    [Fact]
    public async Task Nobody_but_the_bluetooth_service_may_ask_the_agent()
    {
        await OpenAsync("glucometer", "Passkey");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await using var other = await DBusConnection.ConnectAsync(_station.Bus.Address);
        var names = (string[])(await other.CallAsync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames"))[0];
        var refused = 0;
        foreach (var name in names.Where(name => name.StartsWith(':') && name != other.UniqueName))
        {
            var error = await Should.ThrowAsync<DBusException>(other.CallAsync(
                name, "/telemed/agent", "org.bluez.Agent1", "RequestPasskey", "o", [PathOf(NurseStation.Glucometer)]));
            refused += error.Name == "org.bluez.Error.Rejected" ? 1 : 0;
        }

        refused.ShouldBe(1, "the gateway alone has an agent");
        await _station.AskedAsync("enterPasskey");
    }

    [Fact]
    public async Task A_meter_that_pairs_but_keeps_no_key_never_becomes_paired()
    {
        await OpenAsync("glucometer", "JustWorks", "--bonds", "0");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.ReachesAsync("bonded");
        await _station.Meters.TellAsync("off glucometer");
        await _station.ReachesAsync("away");
        await _station.Meters.TellAsync("on glucometer");
        await NurseStation.UntilAsync("a visit in vain", async () =>
        {
            // Each failed visit ends the meter's time of showing itself: somebody takes it up again.
            await _station.Meters.TellAsync("measure glucometer");
            return (await _station.PairingAsync())!.Value.GetProperty("failure").ValueKind == JsonValueKind.Object;
        });
        (await _station.FailsAsync()).ShouldBe("keysNotKept");
        (await _station.EnrolledAsync(NurseStation.Glucometer)).ShouldBeNull();
        (await _station.DurableAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_meter_that_does_not_come_back_never_becomes_paired()
    {
        await OpenAsync("glucometer", "JustWorks", settings: ["Pairing:ReturnLimit=00:00:01"]);
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.ReachesAsync("bonded");
        await _station.Meters.TellAsync("off glucometer");
        (await _station.FailsAsync()).ShouldBe("notReadAgain");
        (await _station.EnrolledAsync(NurseStation.Glucometer)).ShouldBeNull();

        await _station.Meters.TellAsync("on glucometer");
        await _station.BeginAsync(null, "Meter+");
        await _station.ProveAsync("glucometer");
    }

    [Fact]
    public async Task A_meter_that_never_goes_off_proves_nothing()
    {
        await OpenAsync("oximeter", "JustWorks", settings: ["Pairing:OffLimit=00:00:02.5"]);
        await _station.BeginAsync(SimulatedMeters.Oximeter.ToAddress());
        (await _station.FailsAsync()).ShouldBe("notSwitchedOff");
    }

    [Fact]
    public async Task Of_several_meters_none_is_guessed()
    {
        await OpenAsync("cuff,oximeter", "JustWorks");
        await _station.Meters.TellAsync("measure cuff");
        await NurseStation.UntilAsync("the cuff shows itself", async () => (await _station.StateOfAsync(NurseStation.Cuff)) == "advertising");
        (await _station.BeginAsync(null, "s")).ShouldBe(HttpStatusCode.Accepted);
        (await _station.FailsAsync()).ShouldBe("severalSeen");
        (await _station.PairingAsync())!.Value.GetProperty("candidates").EnumerateArray().Select(candidate => candidate.GetString())
            .ShouldBe([NurseStation.Cuff, SimulatedMeters.Oximeter.ToAddress()]);
    }

    [Fact]
    public async Task A_request_that_names_no_meter_or_a_wrong_one_is_told_so()
    {
        await OpenAsync("glucometer", "JustWorks", settings: ["Pairing:SearchLimit=00:00:01"]);
        (await _station.BeginAsync(null)).ShouldBe(HttpStatusCode.BadRequest);
        (await _station.BeginAsync("not an address")).ShouldBe(HttpStatusCode.BadRequest);
        (await _station.BeginAsync("C0:FF:EE:09:09:09")).ShouldBe(HttpStatusCode.Accepted);
        (await _station.FailsAsync()).ShouldBe("notSeen");
    }

    [Fact]
    public async Task A_bluetooth_service_that_dies_during_the_question_ends_it_and_the_next_one_knows_our_agent()
    {
        await OpenAsync("glucometer", "Passkey");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await _station.RestartBluetoothAsync();
        (await _station.FailsAsync()).ShouldBe("radioLost");
        (await _station.AnswerAsync(true, "000001")).ShouldBe(HttpStatusCode.Conflict);

        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.AskedAsync("enterPasskey");
        await _station.AnswerAsync(true, await _station.DisplayAsync(NurseStation.Glucometer));
        await _station.ProveAsync("glucometer");
    }

    [Fact]
    public async Task A_bluetooth_service_restarted_before_the_proof_costs_nothing()
    {
        await OpenAsync("glucometer", "JustWorks");
        await _station.BeginAsync(NurseStation.Glucometer);
        await _station.ReachesAsync("bonded");
        await _station.Meters.TellAsync("off glucometer");
        await _station.ReachesAsync("away");
        await _station.RestartBluetoothAsync();
        await _station.ReachesAsync("paired");
    }

    private static ObjectPath PathOf(string address) => new($"/org/bluez/hci0/dev_{address.Replace(':', '_')}");

    private static async Task<string> PairByAsync(DBusConnection client, string address) =>
        (await Should.ThrowAsync<DBusException>(client.CallAsync(
            "org.bluez", PathOf(address).Value, "org.bluez.Device1", "Pair", timeout: TimeSpan.FromSeconds(20)))).Name;

    private Task OpenAsync(string meters, string security, params string[] meterSettings) => OpenAsync(meters, security, [], meterSettings);

    private async Task OpenAsync(string meters, string security, string[] settings, params string[] meterSettings) =>
        _station = await NurseStation.OpenAsync(meters, settings, ["--security", security, .. meterSettings]);
}
