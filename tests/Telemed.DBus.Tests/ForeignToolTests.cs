using System.Diagnostics;
using System.Xml.Linq;

namespace Telemed.DBus.Tests;

/// <summary>What we export, seen by dbus-send, which shares no code with us.</summary>
public sealed class ForeignToolTests : OnPrivateBus
{
    private const string Name = "org.telemed.Meter";
    private string _alias = "first";

    [Fact]
    public async Task Objects_are_listed()
    {
        await StartAsync();

        var objects = await SendAsync("/", "org.freedesktop.DBus.ObjectManager.GetManagedObjects");

        Words(objects).ShouldContain(Words("""
            array [ dict entry( object path "/meter/one" array [ dict entry( string "org.telemed.Meter" array [
              dict entry( string "Alias" variant string "first" )
              dict entry( string "Data" variant array [ dict entry( uint16 89 variant array of bytes [ 01 ff ] ) ] )
            ] ) ] ) ]
            """));
    }

    [Fact]
    public async Task Methods_are_called_with_containers_and_answered()
    {
        await StartAsync();

        (await SendAsync("/meter/one", Name + ".Sum", "array:int32:1,2,39")).ShouldContain("int64 42");
        (await SendAsync("/meter/one", Name + ".Keys", "dict:string:uint32:a,1,b,2")).ShouldContain("string \"a=1 b=2\"");
    }

    [Fact]
    public async Task Properties_are_read_and_set()
    {
        await StartAsync();

        (await PropertyAsync("Get", "Alias")).ShouldContain("variant       string \"first\"");
        await PropertyAsync("Set", "Alias", "variant:string:second");
        _alias.ShouldBe("second");
        (await PropertyAsync("Set", "Alias", "variant:int32:2")).ShouldContain(DBusErrors.InvalidArgs);
        (await PropertyAsync("Set", "Data", "variant:int32:2")).ShouldContain(DBusErrors.PropertyReadOnly);
    }

    [Fact]
    public async Task Errors_have_their_names()
    {
        await StartAsync();

        (await SendAsync("/meter/one", Name + ".None")).ShouldStartWith("Error " + DBusErrors.UnknownMethod);
        (await SendAsync("/meter/one", "a.b.None")).ShouldStartWith("Error " + DBusErrors.UnknownInterface);
        (await SendAsync("/meter/two", Name + ".Sum")).ShouldStartWith("Error " + DBusErrors.UnknownObject);
        (await SendAsync("/meter/one", Name + ".Sum", "string:x")).ShouldStartWith("Error " + DBusErrors.InvalidArgs);
    }

    [Fact]
    public async Task Everybody_answers_a_ping()
    {
        await StartAsync();

        (await SendAsync("/", "org.freedesktop.DBus.Peer.Ping")).ShouldStartWith("method return");
    }

    [Theory]
    [InlineData("/", "org.freedesktop.DBus.ObjectManager", "meter")]
    [InlineData("/meter", "org.freedesktop.DBus.Introspectable", "one")]
    [InlineData("/meter/one", "org.freedesktop.DBus.Properties", null)]
    public async Task The_tree_can_be_walked_by_introspection(string path, string @interface, string? child)
    {
        await StartAsync();

        var node = await IntrospectAsync(path);

        node.Elements("interface").Select(each => (string?)each.Attribute("name")).ShouldContain(@interface);
        node.Elements("node").Select(each => (string?)each.Attribute("name")).ShouldBe(child is null ? [] : [child]);
    }

    [Fact]
    public async Task An_interface_is_described_with_its_members()
    {
        await StartAsync();

        var meter = (await IntrospectAsync("/meter/one")).Elements("interface").Single(each => (string?)each.Attribute("name") == Name);

        meter.Elements().First(each => (string?)each.Attribute("name") == "Sum").ToString(SaveOptions.DisableFormatting)
            .ShouldBe("""<method name="Sum"><arg type="ai" direction="in" /><arg type="x" direction="out" /></method>""");
        meter.Elements("property").Select(each => each.ToString()).ShouldBe([
            """<property name="Alias" type="s" access="readwrite" />""", """<property name="Data" type="a{qv}" access="read" />"""]);
        meter.Element("signal")!.ToString(SaveOptions.DisableFormatting)
            .ShouldBe("""<signal name="Measured"><arg type="u" /><arg type="ay" /></signal>""");
    }

    private async Task StartAsync()
    {
        var server = await ConnectAsync();
        await server.RequestNameAsync(Name);
        await server.ExportAsync("/meter/one", new DBusInterface(Name)
            .Method("Sum", "ai", "x", call => Reply(((object[])call.Arguments[0]).Sum(each => (long)(int)each)))
            .Method("Keys", "a{su}", "s", call => Reply(string.Join(' ', from each in (Dictionary<string, uint>)call.Arguments[0] select $"{each.Key}={each.Value}")))
            .Property("Alias", "s", () => _alias, value => _alias = (string)value)
            .Property("Data", "a{qv}", () => new Dictionary<ushort, object> { [89] = new byte[] { 1, 255 } })
            .Signal("Measured", "uay"));
    }

    private static Task<IReadOnlyList<object>> Reply(object value) => Task.FromResult<IReadOnlyList<object>>([value]);

    private Task<string> PropertyAsync(string member, string property, params string[] value) =>
        SendAsync("/meter/one", "org.freedesktop.DBus.Properties." + member, ["string:" + Name, "string:" + property, .. value]);

    private async Task<XElement> IntrospectAsync(string path)
    {
        var text = await SendAsync(path, "org.freedesktop.DBus.Introspectable.Introspect");
        return XElement.Parse(text[text.IndexOf("<node", StringComparison.Ordinal)..(text.LastIndexOf('>') + 1)]);
    }

    /// <summary>What dbus-send prints of the reply or of the error.</summary>
    private async Task<string> SendAsync(string path, string member, params string[] arguments)
    {
        var start = new ProcessStartInfo("dbus-send", ["--bus=" + Bus.Address, "--print-reply", "--dest=" + Name, path, member, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Limit);
        return await output + await errors;
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
