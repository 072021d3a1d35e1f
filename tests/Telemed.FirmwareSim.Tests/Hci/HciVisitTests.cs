using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim.Tests.Hci;

/// <summary>Meters on a controller of their own, visited by a central octet by octet.</summary>
public sealed class HciVisitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_meter_advertises_as_specified_from_its_static_random_address()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        Press(controller);
        await Eventually.Async("the cuff advertises", () => controller.Advertising);

        controller.RandomAddress.ShouldBe("010002eeffc0");
        controller.Advertisement.ShouldBe("020106" + "03031018" + "03198103", "flags, blood pressure, appearance");
    }

    [Fact]
    public async Task A_cuff_hands_its_reading_over_and_hangs_up()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        Press(controller);
        await controller.ConnectAsync();

        (await controller.AskAsync("020001")).ShouldBe("03b900");
        (await controller.AskAsync("122500" + "0200")).ShouldBe("13");
        (await controller.NextAsync(L2cap.Attributes)).ShouldStartWith("1d2400");
        controller.Meter.Memory.Sent.ShouldBe(0, "not confirmed yet");
        controller.Send(L2cap.Attributes, "1e");

        await Eventually.Async("the reading is sent", () => controller.Meter.Memory.Sent == 1);
        await Eventually.Async("the cuff hung up", () => controller.Meter.State == "asleep");
    }

    [Fact]
    public async Task A_link_that_breaks_early_leaves_the_reading_for_the_next()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        Press(controller);
        await controller.ConnectAsync();
        await controller.AskAsync("122500" + "0200");
        await controller.NextAsync(L2cap.Attributes);
        controller.Disconnect();
        await Eventually.Async("the cuff shows itself again", () => controller.Advertising);

        await controller.ConnectAsync();
        (await controller.AskAsync("0a2500")).ShouldBe("0b0000", "a new link begins without subscriptions");
        await controller.AskAsync("122500" + "0200");
        (await controller.NextAsync(L2cap.Attributes)).ShouldStartWith("1d2400");
    }

    [Fact]
    public async Task No_more_packets_are_under_way_than_the_controller_has_buffers()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        Press(controller);
        await controller.ConnectAsync();
        await controller.AskAsync("020001");
        controller.HoldsBuffers = true;
        for (var i = 0; i < 5; i++)
        {
            controller.Send(L2cap.Attributes, "0a0300");
        }

        await Eventually.Async("three packets came", () => controller.Held == 3);
        controller.Free(3);
        await Eventually.Async("two more packets came", () => controller.Held == 2);
    }

    [Fact]
    public async Task Signalling_that_a_meter_does_not_know_is_rejected()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        Press(controller);
        await controller.ConnectAsync();

        controller.Send(L2cap.Signalling, "1407040001000000");

        (await controller.NextAsync(L2cap.Signalling)).ShouldBe("010702000000");
    }

    [Fact]
    public async Task A_controller_that_goes_away_ends_the_link()
    {
        await using var controller = await VirtualController.StartAsync(_folder, Cuff);
        await controller.GoAwayAsync();
        await Should.ThrowAsync<IOException>(controller.Running);
    }

    [Fact]
    public async Task What_is_no_controller_is_said_so()
    {
        using var world = new World(TimeProvider.System, TimeZoneInfo.Utc, Ledger.Open(_folder.Path), new Patient(1, TimeZoneInfo.Utc));
        var meters = new Meter[] { Cuff(world), new PulseOximeter(world, "C0:FF:EE:03:00:01", "3200000001") };

        (await Should.ThrowAsync<IOException>(() => HciMeters.StartAsync("/nowhere", world, meters, CancellationToken.None)))
            .Message.ShouldStartWith("/nowhere: ");
        (await Should.ThrowAsync<ArgumentException>(() => HciMeters.StartAsync("hci9", world, meters, CancellationToken.None)))
            .Message.ShouldBe("--hci hci9: an adapter carries one meter; choose it with --meters");
        (await Should.ThrowAsync<IOException>(() => HciMeters.StartAsync("hci9", world, meters[..1], CancellationToken.None)))
            .Message.ShouldStartWith("hci9: ");
    }

    public void Dispose() => _folder.Dispose();

    internal static void Press(VirtualController controller)
    {
        lock (controller.World.Gate)
        {
            controller.Meter.Measure();
        }
    }

    private static BloodPressureCuff Cuff(World world) => new(
        world, "C0:FF:EE:02:00:01", "5100000001",
        new CuffOptions { Inflation = TimeSpan.FromMilliseconds(1), Linger = TimeSpan.FromMilliseconds(200) });
}
