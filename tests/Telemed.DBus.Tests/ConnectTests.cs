namespace Telemed.DBus.Tests;

public sealed class ConnectTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dbus").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Without_a_bus_connecting_fails_at_once_and_says_where()
    {
        var error = await Should.ThrowAsync<DBusDisconnectedException>(DBusConnection.ConnectAsync($"unix:path={_directory}/none"));

        error.Message.ShouldContain($"{_directory}/none");
        error.Message.ShouldContain("No such file");
    }

    [Fact]
    public async Task What_is_no_address_is_named_with_what_is_allowed()
    {
        var error = await Should.ThrowAsync<ArgumentException>(DBusConnection.ConnectAsync("nonsense"));

        error.Message.ShouldContain("'nonsense'");
        error.Message.ShouldContain("unix:path=");
    }

    [Fact]
    public async Task A_listener_that_says_nothing_can_be_given_up()
    {
        var path = Path.Combine(_directory, "silent");
        using var silent = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        silent.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        silent.Listen();
        using var source = new CancellationTokenSource();

        var connecting = DBusConnection.ConnectAsync("unix:path=" + path, source.Token);
        using var accepted = await silent.AcceptAsync();
        connecting.IsCompleted.ShouldBeFalse();
        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(connecting.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_wrong_setting_is_named_with_its_value_and_what_is_allowed()
    {
        var options = new DBusOptions { FirstBackOff = TimeSpan.FromSeconds(9), LongestBackOff = TimeSpan.FromSeconds(8) };

        var error = await Should.ThrowAsync<ArgumentException>(DBusConnection.ConnectAsync("system", options: options));

        error.Message.ShouldBe("LongestBackOff is 00:00:08: at least FirstBackOff (00:00:09) is allowed.");
    }

    [Fact]
    public async Task A_bus_in_a_directory_with_an_odd_name_is_found()
    {
        await using var bus = await PrivateBus.StartAsync(Path.Combine(_directory, "clínica & <uno>, 2"));

        await using var connection = await DBusConnection.ConnectAsync(bus.Address);

        connection.UniqueName.ShouldStartWith(":");
    }

    [Fact]
    public async Task A_bus_that_cannot_start_says_why()
    {
        var error = await Should.ThrowAsync<IOException>(PrivateBus.StartAsync(Path.Combine(_directory, new string('x', 150))));

        error.Message.ShouldContain("did not start");
        error.Message.ShouldContain("too long", Case.Insensitive);
    }
}
