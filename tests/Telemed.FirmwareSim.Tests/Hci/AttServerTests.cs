using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Hci;
using Telemed.FirmwareSim.Tests.Devices;

namespace Telemed.FirmwareSim.Tests.Hci;

/// <summary>Requests and responses octet by octet, on a cuff (Core Specification 5.3, Vol 3 Part F 3.4).</summary>
public sealed class AttServerTests : IDisposable
{
    private readonly Bench _bench = new();
    private readonly List<string> _sent = [];
    private readonly AttServer _server;
    private readonly Line _line;

    public AttServerTests()
    {
        var cuff = new BloodPressureCuff(_bench.World, "C0:FF:EE:02:00:01", "5100000001", new CuffOptions { Security = LinkSecurity.JustWorks });
        cuff.Measure();
        _bench.Pass(30);
        _server = new AttServer(cuff, new AttributeTable(cuff.Spec), pdu => _sent.Add(Convert.ToHexStringLower(pdu)));
        _line = new Line(_server);
        cuff.TryConnect(_line).ShouldBeTrue();
    }

    // Handles: 1-5 Generic Access, 6-9 Generic Attribute, 10-26 Device Information, 27-30 Battery, 31-33 Current Time, 34-44 cuff.
    [Theory]
    [InlineData("020001", "03b900", "the smaller MTU holds; the meter tells its own")]
    [InlineData("100100ffff0028", "1106010005000018060009000118" + "0a001a000a18", "as many services as 23 octets take")]
    [InlineData("10220044000028", "1106" + "22002c001018", "the last service")]
    [InlineData("102d00ffff0028", "01102d000a", "no service after it")]
    [InlineData("100100ffff0328", "0110010010", "characteristics group nothing")]
    [InlineData("100500010000" + "28", "0110050001", "a range the wrong way round")]
    [InlineData("060100ffff00281018", "0722002c00", "a service by its type")]
    [InlineData("060100ffff00289918", "010601000a", "a service that is not there")]
    [InlineData("082200ffff0328", "0907" + "230020240035" + "2a" + "260010270036" + "2a" + "2900022a00" + "492a", "characteristics")]
    [InlineData("0401000300", "0501" + "01000028" + "02000328" + "0300002a", "types of attributes")]
    [InlineData("0a0300", "0b" + "53432d363531424c455f303030303031", "a value")]
    [InlineData("0c03000900", "0d" + "5f303030303031", "a value from an offset")]
    [InlineData("0c03001100", "010c030007", "an offset behind the end")]
    [InlineData("0a6300", "010a630001", "no such handle")]
    [InlineData("0a2400", "010a240002", "a value that is only indicated")]
    [InlineData("120300" + "41", "0112030003", "a value that cannot be written")]
    [InlineData("122500" + "0200", "0112250005", "health data for a link that is not paired")]
    [InlineData("120900" + "0200", "13", "Service Changed may be asked for by anybody")]
    [InlineData("120900" + "0100", "0112090013", "it is indicated, not notified")]
    [InlineData("120900" + "02", "011209000d", "half a configuration")]
    [InlineData("1603000000" + "41", "0116000006", "long writes are refused")]
    [InlineData("1801", "0118000006", "so is what would end one")]
    [InlineData("0e03000500", "010e000006", "several values at once")]
    [InlineData("02", "0102000004", "a request cut short")]
    public void A_request_is_answered(string request, string response, string why) => Ask(request).ShouldBe(response, why);

    [Fact]
    public void A_command_is_never_answered()
    {
        _server.Take(Convert.FromHexString("520300" + "41"));
        _server.Take(Convert.FromHexString("d20300" + "41"));
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public void A_paired_central_gets_one_indication_after_the_other_each_when_the_last_is_confirmed()
    {
        _line.IsEncrypted = true;
        Ask("020001");
        Ask("122500" + "0200").ShouldBe("13");
        Ask("0a2500").ShouldBe("0b0200");
        _bench.Pass(1);

        _sent.ShouldHaveSingleItem().ShouldStartWith("1d2400" + "1e");
        _server.Take([0x1E]);
        _bench.Pass(1);
        _sent.Count.ShouldBe(1, "there was one reading");
        _line.Confirmed.ShouldBe(1);
    }

    [Fact]
    public void What_lacks_is_encryption_when_both_sides_have_keys()
    {
        var cuff = new BloodPressureCuff(_bench.World, "C0:FF:EE:02:00:02", "5100000002", new CuffOptions { Security = LinkSecurity.JustWorks });
        var sent = new List<string>();
        var server = new AttServer(cuff, new AttributeTable(cuff.Spec), pdu => sent.Add(Convert.ToHexStringLower(pdu))) { HasKeys = () => true };

        server.Take(Convert.FromHexString("122500" + "0200"));

        sent.ShouldBe(["011225000f"]);
    }

    public void Dispose() => _bench.Dispose();

    private string Ask(string request)
    {
        _sent.Clear();
        _server.Take(Convert.FromHexString(request));
        var answer = _sent.ShouldHaveSingleItem();
        _sent.Clear();
        return answer;
    }

    /// <summary>What a link does for the meter, without one.</summary>
    private sealed class Line(AttServer server) : ICentral
    {
        public bool IsEncrypted { get; set; }

        public int Confirmed { get; private set; }

        public void Notify(Guid characteristic, byte[] value) => server.Notify(characteristic, value);

        public void Indicate(Guid characteristic, byte[] value, Action confirmed) => server.Indicate(characteristic, value, () =>
        {
            Confirmed++;
            confirmed();
        });

        public void Disconnect()
        {
        }
    }
}
