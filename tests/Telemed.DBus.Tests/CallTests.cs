namespace Telemed.DBus.Tests;

public sealed class CallTests : OnPrivateBus
{
    [Fact]
    public async Task A_call_returns_the_arguments_of_the_reply()
    {
        var connection = await ConnectAsync();

        var names = (string[])(await AskBusAsync(connection, "ListNames")).ShouldHaveSingleItem();

        names.ShouldContain(connection.UniqueName);
        connection.UniqueName.ShouldStartWith(":");
        connection.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task An_error_reply_is_an_exception_with_its_name_and_text()
    {
        var connection = await ConnectAsync();

        var error = await Should.ThrowAsync<DBusException>(connection.CallAsync("no.such.Name", "/", "a.b", "C"));

        error.Name.ShouldBe(DBusErrors.ServiceUnknown);
        error.Message.ShouldContain("no.such.Name");
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_are_told_with_the_signature_and_the_type()
    {
        var connection = await ConnectAsync();

        var error = await Should.ThrowAsync<ArgumentException>(AskBusAsync(connection, "NameHasOwner", "s", 5));

        error.Message.ShouldContain("'s'");
        error.Message.ShouldContain("System.Int32");
    }

    [Fact]
    public async Task A_name_has_one_owner()
    {
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        (await second.NameHasOwnerAsync("org.telemed.One")).ShouldBeFalse();

        await first.RequestNameAsync("org.telemed.One");

        (await second.NameHasOwnerAsync("org.telemed.One")).ShouldBeTrue();
        await first.RequestNameAsync("org.telemed.One");
        var error = await Should.ThrowAsync<DBusException>(second.RequestNameAsync("org.telemed.One"));
        error.Name.ShouldBe(DBusErrors.NameOwned);
        error.Message.ShouldContain("org.telemed.One");
    }

    [Fact]
    public async Task Calls_from_many_threads_get_each_its_own_reply()
    {
        var (client, server) = (await ConnectAsync(), await ConnectAsync());
        await server.ExportAsync("/", new DBusInterface("org.telemed.Echo").Method("Echo", "ii", "s", async call =>
        {
            await Task.Yield(); // so that replies overtake each other
            return [$"{call.Arguments[0]}/{call.Arguments[1]}"];
        }));

        var askers = Enumerable.Range(0, 16).Select(asker => Task.Run(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
                (await client.CallAsync(server.UniqueName, "/", "org.telemed.Echo", "Echo", "ii", [asker, i])).ShouldBe([$"{asker}/{i}"])));
        }));

        await Task.WhenAll(askers).WaitAsync(Limit);
    }
}
