using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Telemed.Cloud.Broker;
using Telemed.Cloud.Storage;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Cloud.Tests.Ingest;

public sealed class MqttIngestWorkerTests
{
    [Fact]
    public async Task While_the_database_fails_nothing_is_receipted_and_then_everything_is()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        await using var gateway = await cloud.GatewayAsync();
        cloud.ErrorsExpected = true;
        using (var other = Open(cloud))
        {
            // Another program holds the write lock.
            Execute(other, "BEGIN IMMEDIATE");
            await gateway.SendAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, null)));
            await RunningCloud.EventuallyAsync("two failed attempts", () => Task.FromResult(cloud.Errors.Count(line => line.StartsWith("1005:", StringComparison.Ordinal)) >= 2));
            gateway.HasReceipt.ShouldBeFalse();
            Execute(other, "ROLLBACK");
        }

        (await gateway.ReceiptAsync()).Stored.ShouldBe([(1UL, 1UL)]);
        (await cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(1);
        (await cloud.GetAsync("/api/set-aside")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task When_too_much_waits_for_the_database_the_link_is_given_up_and_everything_is_receipted_in_the_end()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(null, "--Ingest:QueuedOctets=65536");
        await using var gateway = await cloud.GatewayAsync();
        cloud.ErrorsExpected = true;
        var waiting = Enumerable.Range(1, 40).ToDictionary(
            n => (ulong)n, n => ObservationBatchCodec.Encode(Some.Epoch, [.. Enumerable.Range(0, 100).Select(i => Some.Entry(
                (ulong)((n * 100) + i), Some.Pulse((ulong)((n * 100) + i), Some.Morning.AddMilliseconds((n * 100) + (i * i)), null)))]));
        using (var other = Open(cloud))
        {
            Execute(other, "BEGIN IMMEDIATE");
            for (var round = 0; round < 30; round++)
            {
                await Task.WhenAll(waiting.Values.Select(payload => gateway.SendAsync(payload)));
            }

            await RunningCloud.EventuallyAsync("the link to be given up", () => Task.FromResult(cloud.Warnings.Any(line => line.StartsWith("1010:", StringComparison.Ordinal))));
            gateway.HasReceipt.ShouldBeFalse();
            Execute(other, "ROLLBACK");
        }

        // Nothing needs to be sent again: the broker kept what did not come, and the receipts waited for the link.
        var left = Enumerable.Range(100, 4000).Select(n => (ulong)n).ToHashSet();
        while (left.Count > 0)
        {
            left.ExceptWith((await gateway.ReceiptAsync()).Stored.SelectMany(range =>
                Enumerable.Range((int)range.First, (int)(range.Last - range.First + 1)).Select(n => (ulong)n)));
        }

        (await cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(4000);
    }

    [Fact]
    public async Task A_batch_that_the_database_will_never_take_is_set_aside_and_the_others_are_stored()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        cloud.ErrorsExpected = true;
        using (var other = Open(cloud))
        {
            Execute(other, "CREATE TRIGGER never BEFORE INSERT ON observation WHEN new.capture = 2 BEGIN SELECT RAISE(ABORT, 'never'); END");
        }

        await using var gateway = await cloud.GatewayAsync();
        for (var sequence = 1UL; sequence <= 3; sequence++)
        {
            await gateway.SendAsync(Some.Entry(sequence, Some.BloodPressure(sequence, Some.Morning, null)));
        }

        var receipts = new List<BatchReceipt>();
        while (receipts.Sum(r => r.Stored.Sum(range => (int)(range.Last - range.First + 1)) + r.Refused.Length) < 3)
        {
            receipts.Add(await gateway.ReceiptAsync());
        }

        receipts.SelectMany(r => r.Refused).ShouldBe([new RefusedEntry(2, "not-storable")]);
        (await cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(2);
        (await cloud.GetAsync("/api/set-aside"))[0]!["reason"]!.GetValue<string>().ShouldBe("not-storable");
    }

    [Fact]
    public async Task A_killed_broker_is_started_again_on_its_port_and_the_ingest_goes_on()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var (_, port) = await cloud.Service<BrokerAddress>().Known;
        File.ReadAllText(Path.Combine(cloud.Folder, "broker-port")).ShouldBe(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await using (var gateway = await cloud.GatewayAsync())
        {
            await gateway.SendAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, null)));
            await gateway.ReceiptAsync();
        }

        using var broker = System.Diagnostics.Process.GetProcessById(BrokerProcessOf(cloud));
        broker.Kill();
        await broker.WaitForExitAsync();

        GatewayLink? again = null;
        await RunningCloud.EventuallyAsync("the broker on the same port", async () =>
        {
            try
            {
                again = await GatewayLink.ConnectAsync("127.0.0.1", port, Some.Gateway);
                return true;
            }
            catch (Mqtt.MqttConnectException)
            {
                return false;
            }
        });
        await using var gatewayAgain = again!;

        // A killed broker has forgotten the session, so what is sent before the ingest is back goes nowhere; a gateway sends it again.
        await RunningCloud.EventuallyAsync("a receipt", async () =>
        {
            await gatewayAgain.SendAsync(Some.Entry(2, Some.BloodPressure(2, Some.Morning, null)));
            return gatewayAgain.HasReceipt;
        });
        (await cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task The_port_of_the_own_broker_stays_over_a_restart_and_so_does_everything_stored()
    {
        var folder = Directory.CreateTempSubdirectory("telemed-cloud-").FullName;
        var first = await RunningCloud.StartAsync(null, folder);
        var (_, port) = await first.Service<BrokerAddress>().Known;
        await first.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, null)));
        await first.StopAsync();

        await using (var second = await RunningCloud.StartAsync(null, folder))
        {
            (await second.Service<BrokerAddress>().Known).Port.ShouldBe(port);
            (await second.GetAsync("/api/set-aside"))[0]!["reason"]!.GetValue<string>().ShouldBe("unknown-gateway");
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_a_gateway_says_of_itself_is_kept_and_its_last_will_changes_only_that_it_is_gone()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        await using var gateway = await cloud.GatewayAsync();
        await gateway.ReportAsync(online: true, waiting: 12);
        await RunningCloud.EventuallyAsync("online", async () => await OnlineAsync(cloud));
        clock.Advance(TimeSpan.FromMinutes(1));
        await gateway.ReportAsync(online: false, waiting: 0, at: 0);
        await RunningCloud.EventuallyAsync("offline", async () => !await OnlineAsync(cloud));

        var counts = (await cloud.GetAsync("/api/counts"))["gateways"]![0]!;
        counts["waiting"]!.GetValue<int>().ShouldBe(12);
        counts["since"]!.GetValue<string>().ShouldBe("2026-11-22T14:01:00.000Z");
    }

    [Fact]
    public async Task A_status_that_no_gateway_can_mean_changes_nothing()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        await using var gateway = await cloud.GatewayAsync();
        await gateway.ReportAsync(new byte[] { 0xFF, 0xFF });
        await gateway.ReportAsync(new GatewayStatus { Version = 2, Online = true }.ToByteArray());
        await gateway.ReportAsync(new GatewayStatus { Version = 1, Online = true, OldestWaiting = long.MaxValue }.ToByteArray());
        await gateway.ReportAsync(new GatewayStatus { Version = 1, Online = true, Waiting = ulong.MaxValue }.ToByteArray());
        await gateway.SendAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, null)));
        await gateway.ReceiptAsync();

        await RunningCloud.EventuallyAsync("four of them noted", () => Task.FromResult(cloud.Warnings.Count(line => line.StartsWith("1008:", StringComparison.Ordinal)) == 4));
        (await OnlineAsync(cloud)).ShouldBeFalse();
    }

    private static async Task<bool> OnlineAsync(RunningCloud cloud) =>
        (await cloud.GetAsync("/api/counts"))["gateways"]![0]!["online"]!.GetValue<bool>();

    private static SqliteConnection Open(RunningCloud cloud)
    {
        var connection = new SqliteConnection($"Data Source={cloud.Service<StorageOptions>().Data}/telemed.db;Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    // The broker's configuration lies in this cloud's own folder, so no other broker on the machine is meant.
    private static int BrokerProcessOf(RunningCloud cloud) => Directory.GetDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _) && File.Exists($"/proc/{name}/cmdline"))
        .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))
        .Single(id => CommandLineOf(id).Contains("mosquitto", StringComparison.Ordinal) && CommandLineOf(id).Contains(cloud.Folder, StringComparison.Ordinal));

    private static string CommandLineOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
