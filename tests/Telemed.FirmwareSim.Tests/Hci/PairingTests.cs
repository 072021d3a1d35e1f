using System.Security.Cryptography;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim.Tests.Hci;

/// <summary>Pairing with meters, the test being the initiator (Core Specification 5.3, Vol 3 Part H 2.3.5 and 3.5).</summary>
public sealed class PairingTests : IDisposable
{
    private const string Request = "0103000d1000" + "01";
    private const string KeyboardRequest = "0104000d1000" + "01";
    private static readonly byte[] Initiator = [0, .. PairingTerms.Turned(VirtualController.Central)];
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_cuff_pairs_the_legacy_way_and_knows_the_central_again_after_a_restart()
    {
        string id;
        string key;
        await using (var controller = await StartAsync(Cuff))
        {
            (await controller.AskAsync("122500" + "0200")).ShouldBe("0112250005", "not paired yet");
            (await PairLegacyAsync(controller, 0)).ShouldBeTrue();
            key = (await controller.NextAsync(L2cap.Security))["06".Length..];
            id = (await controller.NextAsync(L2cap.Security))["07".Length..];
            (await controller.AskAsync("122500" + "0200")).ShouldBe("13");
        }

        await using var again = await StartAsync(Cuff);
        (await again.AskAsync("122500" + "0200")).ShouldBe("011225000f", "paired, but not encrypted");
        (await again.EncryptAsync(id[4..], id[..4])).ShouldBeTrue();
        again.Key.ShouldBe(key);
        (await again.NextAsync(L2cap.Attributes)).ShouldStartWith("1d2400", customMessage: "the subscription was kept");
        (await again.AskAsync("0a2500")).ShouldBe("0b0200");
    }

    [Fact]
    public async Task A_meter_that_has_forgotten_the_central_refuses_its_key()
    {
        await using var controller = await StartAsync(Cuff);
        await PairLegacyAsync(controller, 0);
        await controller.NextAsync(L2cap.Security);
        var id = (await controller.NextAsync(L2cap.Security))["07".Length..];
        lock (controller.World.Gate)
        {
            controller.Meter.ForgetBond();
        }

        (await controller.EncryptAsync(id[4..], id[..4])).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(1u, false)]
    public async Task A_wrong_temporary_key_fails_the_legacy_way(uint digits, bool paired)
    {
        await using var controller = await StartAsync(Cuff);
        (await PairLegacyAsync(controller, digits)).ShouldBe(paired);
    }

    [Fact]
    public async Task An_oximeter_pairs_with_secure_connections()
    {
        string key;
        await using (var controller = await StartAsync(Oximeter))
        {
            key = (await PairSecureAsync(controller, Request, null))!;
            (await controller.EncryptAsync()).ShouldBeTrue();
            controller.Key.ShouldBe(key);
            await Eventually.Async("the bond is kept", () => controller.Meter.Memory.Bonded);
        }

        await using var again = await StartAsync(Oximeter);
        (await again.EncryptAsync()).ShouldBeTrue();
        again.Key.ShouldBe(key, "the key stays");
        (await again.EncryptAsync("0100000000000000", "0000")).ShouldBeFalse("that names another key");
    }

    [Theory]
    [InlineData(4711u, true)]
    [InlineData(4712u, false)]
    [InlineData(528999u, false)]
    public async Task A_glucometer_pairs_with_the_digits_on_its_screen(uint digits, bool paired)
    {
        await using var controller = await StartAsync(Glucometer);
        var key = await PairSecureAsync(controller, KeyboardRequest, digits);
        (key is not null).ShouldBe(paired);
        if (key is not null)
        {
            (await controller.EncryptAsync()).ShouldBeTrue();
            controller.Key.ShouldBe(key);
        }
    }

    [Fact]
    public async Task A_glucometer_also_pairs_the_legacy_way_with_its_digits()
    {
        await using var controller = await StartAsync(Glucometer);
        (await PairLegacyAsync(controller, 4711, "0104000510" + "0001")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(Request, "0503", "nobody to type the digits")]
    [InlineData("0104000d0700" + "01", "0506", "a key of 56 bits")]
    [InlineData("04" + "00000000000000000000000000000000", null, "a random number without a pairing")]
    [InlineData("0e01", "0507", "a keypress, which was not asked for")]
    public async Task What_cannot_be_is_refused(string command, string? answer, string why)
    {
        await using var controller = await StartAsync(Glucometer);
        controller.Send(L2cap.Security, command);
        (await controller.PairAsync("0e01")).ShouldBe(answer ?? "0507", why);
    }

    [Fact]
    public async Task A_public_key_off_the_curve_fails_the_pairing()
    {
        await using var controller = await StartAsync(Oximeter);
        await controller.PairAsync(Request);
        (await controller.PairAsync("0c" + new string('1', 128))).ShouldBe("050b");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<bool> PairLegacyAsync(VirtualController controller, uint digits, string request = "0103000110" + "0001")
    {
        var response = await controller.PairAsync(request);
        response[..2].ShouldBe("02");
        var terms = Terms(controller, request, response, digits);
        var own = RandomNumberGenerator.GetBytes(16);
        var confirm = Confirm(terms, own);
        var theirs = await controller.PairAsync("03" + Air(confirm));
        var answer = await controller.PairAsync("04" + Air(own));
        if (answer == "0504")
        {
            return false;
        }

        var random = Parse(answer);
        Parse(theirs).ShouldBe(Confirm(terms, random), "the meter kept its word");
        (await controller.EncryptAsync()).ShouldBeTrue();
        controller.Key.ShouldBe(Air(PairingCrypto.S1(terms.PasskeyOctets, random, own)));
        return true;
    }

    // The key in the order of the air; null when the meter found the digits wrong.
    private static async Task<string?> PairSecureAsync(VirtualController controller, string request, uint? digits)
    {
        var terms = Terms(controller, request, await controller.PairAsync(request), digits);
        var keys = new PairingKeys();
        var theirs = PairingTerms.Turned(Convert.FromHexString((await controller.PairAsync(
            "0c" + Air([.. keys.Point.Y!, .. keys.Point.X!])))[2..]));
        var (y, x) = (theirs[..32], theirs[32..]);
        var own = RandomNumberGenerator.GetBytes(16);
        byte[] random = [];
        for (var round = 0; round < (digits is null ? 1 : 20); round++)
        {
            var bit = (byte)(digits is null ? 0 : 0x80 | ((digits.Value >> round) & 1));
            var confirm = Parse(digits is null
                ? await controller.NextAsync(L2cap.Security)
                : await controller.PairAsync("03" + Air(PairingCrypto.F4(keys.Point.X!, x, own, bit))));
            var answer = await controller.PairAsync("04" + Air(own));
            if (answer == "0504")
            {
                return null;
            }

            random = Parse(answer);
            confirm.ShouldBe(PairingCrypto.F4(x, keys.Point.X!, random, bit), "the meter kept its word");
        }

        var (macKey, key) = PairingCrypto.F5(keys.Agree(new ECPoint { X = x, Y = y })!, own, random, Initiator, terms.ResponderAddress);
        var check = PairingCrypto.F6(
            macKey, own, random, terms.PasskeyOctets, PairingTerms.Turned(terms.Request.AsSpan(1, 3)), Initiator, terms.ResponderAddress);
        Parse(await controller.PairAsync("0d" + Air(check))).ShouldBe(PairingCrypto.F6(
            macKey, random, own, terms.PasskeyOctets, PairingTerms.Turned(terms.Response.AsSpan(1, 3)), terms.ResponderAddress, Initiator));
        return Air(key);
    }

    private static PairingTerms Terms(VirtualController controller, string request, string response, uint? digits) => new(
        Convert.FromHexString(request), Convert.FromHexString(response), 0, VirtualController.Central,
        HciPeripheral.AirAddress(controller.Meter.Spec.Address), digits);

    private static byte[] Confirm(PairingTerms terms, byte[] random) => PairingCrypto.C1(
        terms.PasskeyOctets, random, PairingTerms.Turned(terms.Request), PairingTerms.Turned(terms.Response),
        0, terms.InitiatorAddress[1..], 1, terms.ResponderAddress[1..]);

    private static string Air(byte[] value) => Convert.ToHexStringLower(PairingTerms.Turned(value));

    private static byte[] Parse(string pdu) => PairingTerms.Turned(Convert.FromHexString(pdu[2..]));

    private async Task<VirtualController> StartAsync(Func<World, Meter> make)
    {
        var controller = await VirtualController.StartAsync(_folder, make);
        lock (controller.World.Gate)
        {
            controller.Meter.PowerOn();
        }

        HciVisitTests.Press(controller);
        await controller.ConnectAsync();
        return controller;
    }

    private static BloodPressureCuff Cuff(World world) => new(
        world, "C0:FF:EE:02:00:01", "5100000001",
        new CuffOptions { Inflation = TimeSpan.FromMilliseconds(1), Security = LinkSecurity.JustWorks });

    private static PulseOximeter Oximeter(World world) => new(
        world, "C0:FF:EE:03:00:01", "3200000001", new OximeterOptions { Security = LinkSecurity.JustWorks });

    private static Glucometer Glucometer(World world) => new(
        world, "C0:FF:EE:01:12:67", "9200004711", new GlucometerOptions { Security = LinkSecurity.Passkey });
}
