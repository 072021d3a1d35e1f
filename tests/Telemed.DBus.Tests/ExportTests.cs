using System.Threading.Channels;

namespace Telemed.DBus.Tests;

public sealed class ExportTests : OnPrivateBus
{
    private const string Path = "/meter/one";
    private const string Name = "org.telemed.Meter";
    private const string Properties = "org.freedesktop.DBus.Properties";
    private const string ObjectManager = "org.freedesktop.DBus.ObjectManager";

    private DBusConnection _server = null!;
    private DBusConnection _client = null!;
    private string _alias = "first";
    private object? _rssi;

    [Fact]
    public async Task A_handler_gets_the_caller_and_may_answer_later()
    {
        var answer = new TaskCompletionSource<IReadOnlyList<object>>();
        var calls = Channel.CreateUnbounded<DBusCall>();
        await StartAsync(Meter().Method("Wait", "i", "s", call =>
        {
            calls.Writer.TryWrite(call);
            return answer.Task;
        }));

        var reply = CallAsync("Wait", "i", 5);
        var call = await calls.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        (await CallAsync("Greet", "s", "you")).ShouldBe(["hello you"]);
        reply.IsCompleted.ShouldBeFalse();
        answer.SetResult(["late"]);

        (await reply).ShouldBe(["late"]);
        (call.Sender, call.Path, call.Member).ShouldBe((_client.UniqueName, Path, "Wait"));
        call.Arguments.ShouldBe([5]);
    }

    [Fact]
    public async Task What_a_handler_throws_is_the_error_reply()
    {
        await StartAsync(Meter()
            .Method("Refuse", "", "", _ => throw new DBusException("org.bluez.Error.NotReady", "Resource Not Ready"))
            .Method("RefuseLater", "", "", async _ =>
            {
                await Task.Yield();
                throw new DBusException("org.bluez.Error.InProgress", "busy");
            })
            .Method("Break", "", "", _ => throw new InvalidOperationException("broken"))
            .Method("BadName", "", "", _ => throw new DBusException("no name", "kept")));

        (await ErrorOfAsync("Refuse")).ShouldBe(("org.bluez.Error.NotReady", "Resource Not Ready"));
        (await ErrorOfAsync("RefuseLater")).ShouldBe(("org.bluez.Error.InProgress", "busy"));
        (await ErrorOfAsync("Break")).ShouldBe((DBusErrors.Failed, "broken"));
        (await ErrorOfAsync("BadName")).ShouldBe((DBusErrors.Failed, "kept"));
    }

    [Fact]
    public async Task A_handler_that_breaks_its_word_is_told_on_both_sides()
    {
        await StartAsync(Meter().Method("Lie", "", "s", _ => Task.FromResult<IReadOnlyList<object>>([5])));

        (await ErrorOfAsync("Lie")).Name.ShouldBe(DBusErrors.Failed);

        await EventuallyAsync("our own side to be told", () => !Faults.IsEmpty); // the reply is sent first
        Faults.TryDequeue(out var fault).ShouldBeTrue();
        fault.ShouldBeOfType<ArgumentException>().Message.ShouldContain("System.Int32");
    }

    [Fact]
    public async Task What_is_not_there_has_the_error_of_the_specification()
    {
        await StartAsync(Meter());

        (await ErrorOfAsync("None")).Name.ShouldBe(DBusErrors.UnknownMethod);
        (await ErrorOfAsync("Greet")).Name.ShouldBe(DBusErrors.InvalidArgs);
        (await ErrorAsync(Path, "org.telemed.Other", "Greet")).ShouldBe(DBusErrors.UnknownInterface);
        (await ErrorAsync("/meter/two", Name, "Greet")).ShouldBe(DBusErrors.UnknownObject);
        (await ErrorAsync(Path, Properties, "Get", "ss", Name, "None")).ShouldBe(DBusErrors.UnknownProperty);
        (await ErrorAsync(Path, Properties, "Get", "ss", "org.telemed.Other", "Alias")).ShouldBe(DBusErrors.UnknownInterface);
        (await ErrorAsync(Path, Properties, "GetAll", "s", "org.telemed.Other")).ShouldBe(DBusErrors.UnknownInterface);
        (await ErrorAsync("/none", Properties, "GetAll", "s", Name)).ShouldBe(DBusErrors.UnknownObject);
        (await ErrorAsync(Path, ObjectManager, "GetManagedObjects")).ShouldBe(DBusErrors.UnknownMethod);
    }

    [Fact]
    public async Task Properties_are_read_and_set_by_their_type()
    {
        await StartAsync(Meter());

        (await PropertyAsync("Get", "ss", Name, "Alias")).ShouldBe(["first"]);
        await PropertyAsync("Set", "ssv", Name, "Alias", "second");
        (await PropertyAsync("GetAll", "s", Name)).ShouldHaveSingleItem()
            .ShouldBeAlike(new Dictionary<string, object> { ["Alias"] = "second", ["Address"] = "AA" });

        (await ErrorAsync(Path, Properties, "Set", "ssv", Name, "Alias", 5)).ShouldBe(DBusErrors.InvalidArgs);
        (await ErrorAsync(Path, Properties, "Set", "ssv", Name, "Address", "BB")).ShouldBe(DBusErrors.PropertyReadOnly);
        (await ErrorAsync(Path, Properties, "Set", "ssv", Name, "None", "x")).ShouldBe(DBusErrors.UnknownProperty);
        (await ErrorAsync(Path, Properties, "Set", "ssv", Name, "Alias", "refused")).ShouldBe("org.telemed.Error.Refused");
        _alias.ShouldBe("second");
    }

    [Fact]
    public async Task A_property_without_a_value_is_not_there()
    {
        var meter = await StartAsync(Meter());
        var changes = await SignalsAsync("PropertiesChanged");

        (await ErrorAsync(Path, Properties, "Get", "ss", Name, "RSSI")).ShouldBe(DBusErrors.UnknownProperty);
        _rssi = (short)-60;
        meter.Changed("RSSI", "Alias");
        (await PropertyAsync("Get", "ss", Name, "RSSI")).ShouldBe([(short)-60]);
        _rssi = null;
        meter.Changed("RSSI");

        (await changes.ReadAsync().AsTask().WaitAsync(Limit)).Arguments.ShouldBeAlike(
            new object[] { Name, new Dictionary<string, object> { ["RSSI"] = (short)-60, ["Alias"] = "first" }, Array.Empty<string>() });
        (await changes.ReadAsync().AsTask().WaitAsync(Limit)).Arguments.ShouldBeAlike(
            new object[] { Name, new Dictionary<string, object>(), new[] { "RSSI" } });
    }

    [Fact]
    public async Task The_object_manager_tells_what_is_there_what_comes_and_what_goes()
    {
        await StartAsync(Meter());
        var added = await SignalsAsync("InterfacesAdded");
        var removed = await SignalsAsync("InterfacesRemoved");

        await _server.ExportAsync("/meter/two", new DBusInterface("a.b").Property("N", "q", () => (ushort)1));
        await _server.ExportAsync(Path, new DBusInterface("a.c"));
        await _server.UnexportAsync("/meter/two");

        var second = await added.ReadAsync().AsTask().WaitAsync(Limit);
        (second.Path, second.Sender).ShouldBe(("/", _server.UniqueName));
        second.Arguments.ShouldBeAlike(new object[]
        {
            new ObjectPath("/meter/two"),
            new Dictionary<string, Dictionary<string, object>> { ["a.b"] = new() { ["N"] = (ushort)1 } },
        });
        (await added.ReadAsync().AsTask().WaitAsync(Limit)).Arguments[0].ShouldBe(new ObjectPath(Path));
        (await removed.ReadAsync().AsTask().WaitAsync(Limit)).Arguments.ShouldBeAlike(new object[] { new ObjectPath("/meter/two"), new[] { "a.b" } });

        var objects = await _client.CallAsync(_server.UniqueName, "/", ObjectManager, "GetManagedObjects");
        objects.ShouldHaveSingleItem().ShouldBeAlike(new Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>
        {
            [new ObjectPath(Path)] = new() { [Name] = new() { ["Alias"] = "first", ["Address"] = "AA" }, ["a.c"] = [] },
        });
    }

    [Fact]
    public async Task An_export_that_cannot_be_is_refused_whole()
    {
        await StartAsync(Meter());

        await Should.ThrowAsync<ArgumentException>(_server.ExportAsync(Path, Meter()));
        await Should.ThrowAsync<ArgumentException>(_server.ExportAsync("no path", Meter()));
        await Should.ThrowAsync<ArgumentException>(_server.ExportAsync("/x", new DBusInterface("a.b").Property("P", "s", () => 5)));
        await Should.ThrowAsync<ArgumentException>(_server.ExportAsync("/x", new DBusInterface(Properties)));
        Should.Throw<ArgumentException>(() => new DBusInterface("nodots"));

        (await ErrorAsync("/x", Properties, "GetAll", "s", "a.b")).ShouldBe(DBusErrors.UnknownObject);
    }

    [Fact]
    public async Task Signals_of_a_handler_come_before_its_reply()
    {
        DBusInterface meter = null!;
        meter = await StartAsync(Meter().Method("Rename", "s", "", call =>
        {
            _alias = (string)call.Arguments[0];
            meter.Changed("Alias");
            return Task.FromResult<IReadOnlyList<object>>([]);
        }));
        var changes = await SignalsAsync("PropertiesChanged");

        for (var i = 0; i < 100; i++)
        {
            await CallAsync("Rename", "s", $"name {i}");
            changes.TryRead(out var change).ShouldBeTrue();
            change!.Arguments[1].ShouldBeAlike(new Dictionary<string, object> { ["Alias"] = $"name {i}" });
        }
    }

    private DBusInterface Meter() => new DBusInterface(Name)
        .Method("Greet", "s", "s", call => Task.FromResult<IReadOnlyList<object>>(["hello " + call.Arguments[0]]))
        .Property("Address", "s", () => "AA")
        .Property("RSSI", "n", () => _rssi)
        .Property("Alias", "s", () => _alias, value =>
        {
            _alias = value is "refused" ? throw new DBusException("org.telemed.Error.Refused", "no") : (string)value;
        });

    private async Task<DBusInterface> StartAsync(DBusInterface meter)
    {
        (_server, _client) = (await ConnectAsync(), await ConnectAsync());
        await _server.ExportAsync(Path, meter);
        return meter;
    }

    private async Task<ChannelReader<DBusSignal>> SignalsAsync(string member)
    {
        var signals = Channel.CreateUnbounded<DBusSignal>();
        await _client.SubscribeAsync(new DBusMatch(_server.UniqueName, Member: member), signal => signals.Writer.TryWrite(signal));
        return signals.Reader;
    }

    private Task<IReadOnlyList<object>> CallAsync(string member, string signature = "", params IReadOnlyList<object> arguments) =>
        _client.CallAsync(_server.UniqueName, Path, Name, member, signature, arguments);

    private Task<IReadOnlyList<object>> PropertyAsync(string member, string signature, params IReadOnlyList<object> arguments) =>
        _client.CallAsync(_server.UniqueName, Path, Properties, member, signature, arguments);

    private async Task<(string Name, string Message)> ErrorOfAsync(string member)
    {
        var error = await Should.ThrowAsync<DBusException>(CallAsync(member));
        return (error.Name, error.Message);
    }

    private async Task<string> ErrorAsync(
        string path, string @interface, string member, string signature = "", params IReadOnlyList<object> arguments)
    {
        var call = _client.CallAsync(_server.UniqueName, path, @interface, member, signature, arguments);
        return (await Should.ThrowAsync<DBusException>(call)).Name;
    }
}
