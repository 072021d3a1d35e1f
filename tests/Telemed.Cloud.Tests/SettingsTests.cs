using System.Reflection;
using Telemed.Cloud.Diagnostics;

namespace Telemed.Cloud.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void Every_wrong_setting_is_named_with_its_value_and_what_is_allowed_all_at_once()
    {
        var wrong = Should.Throw<WrongSettingsException>(() => CloudHost.Build(
        [
            "--Mqtt:Port=abc", "--Mqtt:CaFile=/not/there.pem", "--Mqtt:KeyFile=/not/there.key", "--Ingest:Rows=0", "--Teleconsult:Lead=5 min",
            "--Access:User=doctora", "--Urls=5080",
        ]));

        wrong.Message.Split(Environment.NewLine).ShouldBe(
        [
            "Mqtt:Port = \"abc\"; allowed: a whole number from 0 to 65535.",
            "Mqtt:CaFile = \"/not/there.pem\"; allowed: a file that exists.",
            "Mqtt:KeyFile = \"/not/there.key\"; allowed: a file that exists.",
            "Ingest:Rows = \"0\"; allowed: a whole number from 1 to 100000.",
            "Teleconsult:Lead = \"5 min\"; allowed: a time from 00:00:00 to 04:00:00, written hh:mm:ss.",
            "Access:Password is not set; allowed: Access:User and Access:Password together, or neither.",
            "Urls = \"5080\"; allowed: http:// or https:// with a host and a port from 0 to 65535, several divided by ';'.",
        ]);
    }

    [Fact]
    public void A_short_password_is_refused_and_not_shown() =>
        Should.Throw<WrongSettingsException>(() => CloudHost.Build(["--Access:User=doctora", "--Access:Password=corta"]))
            .Message.ShouldBe("Access:Password = \"(not shown)\"; allowed: 8 characters or more.");

    [Fact]
    public void No_two_log_messages_share_a_number()
    {
        var numbers = typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!).ToArray();
        numbers.Length.ShouldBeGreaterThan(10);
        numbers.ShouldBeUnique();
    }
}
