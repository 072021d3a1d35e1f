using System.Diagnostics;
using Telemed.Mqtt;

namespace Telemed.Mqtt.Tests;

public class CredentialTests : BrokerFixture
{
    protected override MosquittoBrokerOptions Options()
    {
        var file = Path.Combine(Folder, "passwords");
        using var tool = Process.Start("mosquitto_passwd", ["-b", "-c", file, "unit-7", "right"]);
        tool.WaitForExit();
        return base.Options() with { PasswordFile = file };
    }

    [Fact]
    public async Task The_right_user_and_password_are_let_in()
    {
        var client = Client(ClientOptions("client") with { UserName = "unit-7", Password = "right" });

        await client.ConnectAsync(default);

        client.IsConnected.ShouldBeTrue();
    }

    [Theory]
    [InlineData("unit-7", "wrong")]
    [InlineData(null, null)]
    public async Task Others_are_refused_with_the_brokers_code_and_trying_again_is_no_help(string? user, string? password)
    {
        var client = Client(ClientOptions("client") with { UserName = user, Password = password });

        var failure = await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default));

        failure.ReasonCode.ShouldBe((byte)0x87);
        failure.RetryCanHelp.ShouldBeFalse();
        client.IsConnected.ShouldBeFalse();
    }
}
