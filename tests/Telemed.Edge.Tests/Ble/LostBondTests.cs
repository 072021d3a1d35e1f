using System.Net;
using System.Text.Json;
using Telemed.DBus;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Bonds that only one side still has: found, told, left alone, and mended by pairing anew.</summary>
public sealed class LostBondTests : IAsyncLifetime
{
    private NurseStation _station = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Theory]
    [InlineData("forget-bond cuff")]
    [InlineData("phone cuff")]
    public async Task A_meter_that_lost_our_keys_is_left_alone_with_a_sentence_and_reads_again_once_paired_anew(string loss)
    {
        await OpenPairedAsync();
        var durable = await _station.DurableAsync();
        await _station.Meters.TellAsync(loss);
        await _station.Meters.TellAsync("measure cuff");

        await HeldAsync("device.held.bondDoubtful");
        var device = (await _station.EnrolledAsync(NurseStation.Cuff))!.Value;
        device.GetProperty("held").GetProperty("reason").GetProperty("text").GetString()!.ShouldContain("vuelva a vincularlo");
        (await _station.StatusAsync(NurseStation.Cuff))!.Value.GetProperty("held").GetProperty("reason").GetProperty("code").GetString()
            .ShouldBe("device.held.bondDoubtful");
        await IsLeftAloneAsync();
        await _station.RestartGatewayAsync();
        await IsLeftAloneAsync();

        await PairAnewAsync();
        (await _station.HeldAsync(NurseStation.Cuff)).ShouldBeNull();
        (await _station.DurableAsync()).ShouldBe(durable + 1, "the reading made meanwhile was kept by the cuff");
        await ReadsAsync();
    }

    [Fact]
    public async Task A_meter_that_keeps_several_bonds_does_not_lose_ours_to_a_phone()
    {
        await OpenPairedAsync(bonds: 2);
        await _station.Meters.TellAsync("phone cuff");
        await ReadsAsync();
        (await _station.HeldAsync(NurseStation.Cuff)).ShouldBeNull();
    }

    [Fact]
    public async Task A_person_may_have_a_meter_tried_again_without_pairing()
    {
        await OpenPairedAsync();
        await _station.Meters.TellAsync("forget-bond cuff");
        await _station.Meters.TellAsync("measure cuff");
        await HeldAsync("device.held.bondDoubtful");
        var last = await LastVisitAsync();
        using var again = await _station.Http.DeleteAsync(new Uri($"/api/devices/{NurseStation.Cuff}/hold", UriKind.Relative));
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await NurseStation.UntilAsync("held anew after more visits", async () =>
            await LastVisitAsync() != last && await _station.HeldAsync(NurseStation.Cuff) == "device.held.bondDoubtful");
    }

    [Fact]
    public async Task An_enrolled_meter_that_wants_a_pairing_it_never_had_says_so_and_is_left_alone()
    {
        _station = await NurseStation.OpenAsync("cuff", [], "--security", "Passkey");
        using var enrolled = await _station.Http.PutAsync(
            new Uri($"/api/devices/{NurseStation.Cuff}", UriKind.Relative), JsonContent());
        enrolled.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await _station.Meters.TellAsync("measure cuff");
        await HeldAsync("device.held.needsPairing");
        await IsLeftAloneAsync();
        (await _station.DurableAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_pairing_anew_that_is_broken_off_leaves_the_meter_enrolled_and_alone()
    {
        await OpenPairedAsync();
        await _station.Meters.TellAsync("measure cuff");
        (await _station.BeginAsync(NurseStation.Cuff)).ShouldBe(HttpStatusCode.Accepted);
        await _station.ReachesAsync("bonded");
        await _station.CancelAsync();
        await HeldAsync("device.held.pairingUnfinished");
        await IsLeftAloneAsync();
        await PairAnewAsync();
        await ReadsAsync();
    }

    [Fact]
    public async Task A_retired_meter_is_forgotten_by_the_stack_together_with_its_keys()
    {
        await OpenPairedAsync();
        (await KnowsAsync()).ShouldBeTrue();
        using var retired = await _station.Http.DeleteAsync(new Uri($"/api/devices/{NurseStation.Cuff}", UriKind.Relative));
        retired.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await KnowsAsync()).ShouldBeFalse();
    }

    /// <summary>A device with keys is an object of the Bluetooth service for as long as it has them.</summary>
    private async Task<bool> KnowsAsync()
    {
        await using var someone = await DBusConnection.ConnectAsync(_station.Bus.Address);
        var reply = await someone.CallAsync("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
        return ((Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>)reply[0]).Keys.Any(path =>
            path.Value.EndsWith(NurseStation.Cuff.Replace(':', '_'), StringComparison.Ordinal));
    }

    private async Task<string?> LastVisitAsync() =>
        (await _station.StatusAsync(NurseStation.Cuff))!.Value.GetProperty("lastVisit").GetString();

    private static StringContent JsonContent() =>
        new(JsonSerializer.Serialize(new { label = "Baumanómetro", station = "consultorio-1" }), System.Text.Encoding.UTF8, "application/json");

    private async Task OpenPairedAsync(int bonds = 1)
    {
        _station = await NurseStation.OpenAsync(
            "cuff", [], "--security", "JustWorks", "--bonds", bonds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await _station.Meters.TellAsync("measure cuff");
        await _station.PairAsync("cuff", NurseStation.Cuff);
        await NurseStation.UntilAsync("the cuff has handed everything over", async () => await _station.UnsentAsync(NurseStation.Cuff) == 0);
        await _station.Meters.TellAsync("off cuff");
    }

    /// <summary>The nurse pairs once more; the cuff keeps what it could not hand over.</summary>
    private async Task PairAnewAsync()
    {
        (await _station.BeginAsync(NurseStation.Cuff)).ShouldBe(HttpStatusCode.Accepted);
        await _station.Meters.TellAsync("off cuff");
        await _station.Meters.TellAsync("on cuff");
        await _station.ReachesAsync("bonded");
        await _station.Meters.TellAsync("off cuff");
        await _station.ReachesAsync("away");
        await _station.Meters.TellAsync("on cuff");
        await _station.ReachesAsync("paired");
    }

    private async Task ReadsAsync()
    {
        var before = await _station.DurableAsync();
        await _station.Meters.TellAsync("off cuff");
        await _station.Meters.TellAsync("measure cuff");
        await NurseStation.UntilAsync("one more reading", async () => await _station.DurableAsync() == before + 1);
    }

    private Task HeldAsync(string reason) =>
        NurseStation.UntilAsync("held: " + reason, async () => await _station.HeldAsync(NurseStation.Cuff) == reason);

    /// <summary>It shows itself, is seen to do so many times, and no visit is made.</summary>
    private async Task IsLeftAloneAsync()
    {
        await _station.Meters.TellAsync("off cuff");
        await _station.Meters.TellAsync("on cuff");
        var sightings = new HashSet<string?>();
        var visits = new HashSet<string?>();
        await NurseStation.UntilAsync("ten sightings", async () =>
        {
            if (await _station.StatusAsync(NurseStation.Cuff) is { } status)
            {
                sightings.Add(status.GetProperty("lastSeen").GetString());
                visits.Add(status.GetProperty("lastVisit").GetString());
                status.GetProperty("visiting").GetBoolean().ShouldBeFalse();
            }

            return sightings.Count >= 10;
        });
        visits.Count.ShouldBe(1, "the last visit stays the last one");
    }
}
