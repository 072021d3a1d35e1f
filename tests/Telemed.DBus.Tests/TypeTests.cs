namespace Telemed.DBus.Tests;

/// <summary>Values there and back through the bus, by our writer and reader on both ends.</summary>
public sealed class TypeTests : OnPrivateBus
{
    public static TheoryData<string, object> Values => new()
    {
        { "y", (byte)255 },
        { "b", true },
        { "b", false },
        { "n", short.MinValue },
        { "q", ushort.MaxValue },
        { "i", int.MinValue },
        { "u", uint.MaxValue },
        { "x", long.MinValue },
        { "t", ulong.MaxValue },
        { "d", -0.1 },
        { "s", "presión arterial 血圧 😀" },
        { "s", "" },
        { "o", new ObjectPath("/org/bluez/hci0/dev_00_11") },
        { "g", "a{sv}(ii)ay" },
        { "ay", new byte[] { 0, 1, 255 } },
        { "ay", Array.Empty<byte>() },
        { "as", new[] { "a", "", "ñ" } },
        { "as", Array.Empty<string>() },
        { "ao", new[] { new ObjectPath("/"), new ObjectPath("/a/b") } },
        { "ai", new object[] { 1, -2 } },
        { "ab", new object[] { true, false } },
        { "aay", new object[] { new byte[] { 1 }, Array.Empty<byte>() } },
        { "av", new object[] { 1, "two", new byte[] { 3 } } },
        { "v", "text" },
        { "v", (ushort)7 },
        { "v", new byte[] { 1, 2 } },
        { "v", new ObjectPath("/x") },
        { "v", new Dictionary<string, object> { ["inner"] = new Dictionary<string, object> { ["deep"] = 1.5 } } },
        { "(is)", new object[] { 1, "one" } },
        { "a(oa{sv})", new object[] { new object[] { new ObjectPath("/a"), new Dictionary<string, object> { ["RSSI"] = (short)-60 } } } },
        { "(y(n(ias)))", new object[] { (byte)1, new object[] { (short)2, new object[] { 3, new[] { "four" } } } } },
        { "a{sv}", new Dictionary<string, object>() },
        { "a{sv}", new Dictionary<string, object> { ["Name"] = "Meter", ["Paired"] = true, ["UUIDs"] = new[] { "1810", "1808" } } },
        { "a{qv}", new Dictionary<ushort, object> { [0x0059] = new byte[] { 1, 2, 3 } } },
        { "a{ss}", new Dictionary<string, string> { ["k"] = "v" } },
        { "a{ua(ii)}", new Dictionary<uint, object[]> { [9] = [new object[] { 1, 2 }] } },
        { "a{sa{sv}}", new Dictionary<string, Dictionary<string, object>> { ["i"] = new() { ["p"] = 1u } } },
        {
            "a{oa{sa{sv}}}",
            new Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>
            {
                [new ObjectPath("/a")] = new() { ["x.y"] = new() { ["One"] = (byte)1, ["Two"] = new Dictionary<ushort, object> { [1] = "v" } } },
                [new ObjectPath("/b")] = new() { ["x.z"] = [] },
            }
        },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_comes_back_as_it_was_and_as_the_same_type(string signature, object value)
    {
        var (client, server) = (await ConnectAsync(), await ConnectAsync());
        var seen = new List<object>();
        await server.ExportAsync("/", new DBusInterface("org.telemed.Echo").Method("Echo", signature, signature, call =>
        {
            seen.AddRange(call.Arguments);
            return Task.FromResult(call.Arguments);
        }));

        var reply = await client.CallAsync(server.UniqueName, "/", "org.telemed.Echo", "Echo", signature, [value]);

        var returned = reply.ShouldHaveSingleItem();
        returned.ShouldBeAlike(value);
        seen.ShouldHaveSingleItem().ShouldBeAlike(value);
    }

    [Fact]
    public async Task Many_arguments_keep_their_order_and_a_forced_variant_its_type()
    {
        var (client, server) = (await ConnectAsync(), await ConnectAsync());
        const string signature = "sva{sv}y";
        await server.ExportAsync("/", new DBusInterface("org.telemed.Echo").Method("Echo", signature, signature, call => Task.FromResult(call.Arguments)));
        var options = new Dictionary<string, object> { ["offset"] = new DBusVariant("q", (ushort)3) };

        var reply = await client.CallAsync(
            server.UniqueName, "/", "org.telemed.Echo", "Echo", signature,
            ["a", new DBusVariant("(ib)", new object[] { 1, true }), options, (byte)4]);

        reply.ShouldBeAlike(new object[] { "a", new object[] { 1, true }, new Dictionary<string, object> { ["offset"] = (ushort)3 }, (byte)4 });
    }

    [Theory]
    [InlineData("s", 1, "System.Int32")]
    [InlineData("i", "1", "System.String")]
    [InlineData("i", (short)1, "System.Int16")]
    [InlineData("o", "/a", "System.String")]
    [InlineData("as", "one", "System.String")]
    [InlineData("a{sv}", "one", "System.String")]
    [InlineData("v", 1.5f, "System.Single")]
    [InlineData("(ii)", 1, "System.Int32")]
    [InlineData("s", null, "null")]
    public async Task A_value_of_another_type_is_refused_and_the_connection_goes_on(string signature, object? value, string type)
    {
        var connection = await ConnectAsync();

        var fromCall = await Should.ThrowAsync<ArgumentException>(AskBusAsync(connection, "GetId", signature, value!));
        var fromEmit = Should.Throw<ArgumentException>(() => connection.Emit("/", "a.b", "C", signature, value!));

        fromCall.Message.ShouldContain(type);
        fromEmit.Message.ShouldBe(fromCall.Message);
        (await AskBusAsync(connection, "GetId")).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("z")]
    [InlineData("a")]
    [InlineData("(i")]
    [InlineData("()")]
    [InlineData("{sv}")]
    [InlineData("a{s}")]
    [InlineData("a{vs}")]
    [InlineData("i)")]
    public void What_is_no_signature_is_named(string signature) =>
        Should.Throw<ArgumentException>(() => DBusWriter.Check(signature, [])).Message.ShouldContain($"'{signature}'");

    [Fact]
    public void A_text_that_would_not_arrive_whole_is_refused()
    {
        Should.Throw<ArgumentException>(() => DBusWriter.Check("s", ["cut\0off"])).Message.ShouldContain("System.String");
        Should.Throw<ArgumentException>(() => DBusWriter.Check("s", ["half \ud800 pair"])).Message.ShouldContain("System.String");
    }

    [Fact]
    public void A_wrong_path_a_wrong_count_and_a_bottomless_value_are_refused()
    {
        var bottomless = new object[1];
        bottomless[0] = bottomless;

        Should.Throw<ArgumentException>(() => DBusWriter.Check("o", [new ObjectPath("no/path/")])).Message.ShouldContain("no/path/");
        Should.Throw<ArgumentException>(() => DBusWriter.Check("o", [default(ObjectPath)])).Message.ShouldContain("'o'");
        Should.Throw<ArgumentException>(() => DBusWriter.Check("ss", ["a"])).Message.ShouldContain("'ss' takes 2 arguments, not 1");
        Should.Throw<ArgumentException>(() => DBusWriter.Check("(ii)", [new object[] { 1 }])).Message.ShouldContain("(ii)");
        Should.Throw<ArgumentException>(() => DBusWriter.Check("v", [bottomless])).Message.ShouldContain("deep");
    }
}
