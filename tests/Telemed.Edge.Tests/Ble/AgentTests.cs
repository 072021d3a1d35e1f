using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Every question that bluetoothd may put to an agent, also those that no simulated meter leads to.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    private static readonly DeviceId Meter = new("C0FFEE000001");
    private static readonly ObjectPath MeterPath = new("/org/bluez/hci0/dev_C0_FF_EE_00_00_01");
    private readonly TaskCompletionSource<(string Sender, object[] Registered)> _registered = new();
    private readonly TaskCompletionSource<ObjectPath> _default = new();
    private Ward _ward = null!;
    private DBusConnection _bluez = null!;
    private Timer? _advertising;

    /// <summary>What bluetoothd asks while it pairs.</summary>
    private Func<Task> _pair = () => Task.CompletedTask;

    private PairingDesk Desk => _ward.Services.GetRequiredService<PairingDesk>();

    private MeterPairing Pairing => _ward.Services.GetRequiredService<MeterPairing>();

    public async Task InitializeAsync()
    {
        _ward = await Ward.OpenAsync();
        _bluez = await DBusConnection.ConnectAsync(_ward.Bus.Address);
        await ServeAsync();
        await _ward.StartAsync();
        await _default.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        await _advertising!.DisposeAsync();
        await _bluez.DisposeAsync();
    }

    [Fact]
    public async Task It_is_the_default_agent_and_says_that_it_can_show_and_type()
    {
        var (_, registered) = await _registered.Task;
        registered.ShouldBe([new ObjectPath("/telemed/agent"), "KeyboardDisplay"]);
        (await _default.Task).ShouldBe((ObjectPath)registered[0]);
    }

    [Theory]
    [InlineData("RequestAuthorization", PairingQuestionKind.Authorize, null, null)]
    [InlineData("RequestPasskey", PairingQuestionKind.EnterPasskey, "000042", 42u)]
    [InlineData("RequestPinCode", PairingQuestionKind.EnterPin, "0000", "0000")]
    public async Task A_question_is_put_before_a_person_and_the_answer_goes_back(
        string asked, PairingQuestionKind kind, string? code, object? expected)
    {
        IReadOnlyList<object>? reply = null;
        _pair = async () => reply = await AskAsync(asked, "o", MeterPath);
        Begin();
        (await QuestionAsync()).Kind.ShouldBe(kind);
        Desk.Answer(new PairingAnswer(true, code)).ShouldBe(PairingDesk.Taken.Yes);
        await Eventually.BecomesTrue("bonded", () => Pairing.Progress!.State == PairingState.Bonded);
        reply.ShouldBe(expected is null ? [] : [expected]);
        Desk.Question.ShouldBeNull();
    }

    [Theory]
    [InlineData("DisplayPasskey", "ouq")]
    [InlineData("DisplayPinCode", "os")]
    public async Task A_code_to_type_on_the_meter_is_shown_as_long_as_keys_are_exchanged(string told, string signature)
    {
        var typed = new TaskCompletionSource();
        _pair = async () =>
        {
            await (signature == "os" ? AskAsync(told, signature, MeterPath, "000815") : AskAsync(told, signature, MeterPath, 815u, (ushort)0));
            await typed.Task;
        };
        Begin();
        var question = await QuestionAsync();
        (question.Kind, question.Code).ShouldBe((PairingQuestionKind.ShowCode, "000815"));
        Desk.Answer(new PairingAnswer(true, null)).ShouldBe(PairingDesk.Taken.NothingAsked);
        typed.SetResult();
        await Eventually.BecomesTrue("shown no more", () => Desk.Question is null);
    }

    [Theory]
    [InlineData(2, PairingState.Bonded, null)]
    [InlineData(3, PairingState.Failed, PairingFailure.MeterRefused)]
    public async Task A_link_lost_while_keys_are_exchanged_is_the_radios_weather_until_it_is_lost_each_time(
        int losses, PairingState state, PairingFailure? failure)
    {
        var tried = 0;
        _pair = () => Interlocked.Increment(ref tried) <= losses
            ? throw new DBusException("org.bluez.Error.AuthenticationCanceled", "Authentication Canceled") : Task.CompletedTask;
        Begin();
        await Eventually.BecomesTrue("over", () => Pairing.Progress!.State is PairingState.Bonded or PairingState.Failed);
        (Pairing.Progress!.State, Pairing.Progress.Failure).ShouldBe((state, failure));
        tried.ShouldBe(3);
    }

    [Fact]
    public async Task A_meter_that_refuses_is_not_asked_again()
    {
        var tried = 0;
        _pair = () => ++tried > 0 ? throw new DBusException("org.bluez.Error.AuthenticationFailed", "Authentication Failed") : Task.CompletedTask;
        Begin();
        await Eventually.BecomesTrue("failed", () => Pairing.Progress!.State == PairingState.Failed);
        (Pairing.Progress!.Failure, tried).ShouldBe((PairingFailure.MeterRefused, 1));
    }

    [Fact]
    public async Task A_question_that_the_service_takes_back_is_withdrawn()
    {
        _pair = async () =>
        {
            var asked = AskAsync("RequestPasskey", "o", MeterPath);
            await QuestionAsync();
            await AskAsync("Cancel", "");
            (await Should.ThrowAsync<DBusException>(asked)).Name.ShouldBe("org.bluez.Error.Rejected");
            throw new DBusException("org.bluez.Error.AuthenticationCanceled", "Authentication Canceled");
        };
        Begin();
        await Eventually.BecomesTrue("failed", () => Pairing.Progress!.State == PairingState.Failed);
        Pairing.Progress!.Failure.ShouldBe(PairingFailure.MeterRefused);
        Desk.Answer(new PairingAnswer(true, "000042")).ShouldBe(PairingDesk.Taken.NothingAsked);
    }

    [Fact]
    public async Task A_service_of_the_device_is_never_authorized_nor_a_device_unknown()
    {
        (await Should.ThrowAsync<DBusException>(AskAsync("AuthorizeService", "os", MeterPath, "1810"))).Name.ShouldBe("org.bluez.Error.Rejected");
        (await Should.ThrowAsync<DBusException>(AskAsync("RequestAuthorization", "o", new ObjectPath("/org/bluez/hci0/dev_00"))))
            .Name.ShouldBe("org.bluez.Error.Rejected");
    }

    private void Begin() => Pairing.TryBegin(new PairingWish(Meter, null, "Medidor", "consultorio-1")).ShouldBeTrue();

    private async Task<PairingQuestion> QuestionAsync()
    {
        await Eventually.BecomesTrue("asked", () => Desk.Question is not null);
        return Desk.Question!;
    }

    private async Task<IReadOnlyList<object>> AskAsync(string member, string signature, params object[] arguments) => await _bluez.CallAsync(
        (await _registered.Task).Sender, "/telemed/agent", "org.bluez.Agent1", member, signature, arguments, TimeSpan.FromSeconds(20));

    private async Task ServeAsync()
    {
        await _bluez.ExportAsync("/org/bluez", new DBusInterface("org.bluez.AgentManager1")
            .Method("RegisterAgent", "os", "", call => Done(() => _registered.TrySetResult((call.Sender, [.. call.Arguments]))))
            .Method("RequestDefaultAgent", "o", "", call => Done(() => _default.TrySetResult((ObjectPath)call.Arguments[0]))));
        var device = new DBusInterface("org.bluez.Device1")
            .Property("Address", "s", Meter.ToAddress)
            .Property("RSSI", "n", () => (short)-60)
            .Property("Connected", "b", () => false)
            .Property("Trusted", "b", () => false, _ => { })
            .Method("Disconnect", "", "", _ => Done(() => { }))
            .Method("CancelPairing", "", "", _ => Done(() => { }))
            .Method("Pair", "", "", async _ =>
            {
                await _pair();
                return [];
            });
        await _bluez.ExportAsync("/org/bluez/hci0", new DBusInterface("org.bluez.Adapter1")
            .Property("Powered", "b", () => true)
            .Property("Discovering", "b", () => true)
            .Method("SetDiscoveryFilter", "a{sv}", "", _ => Done(() => { }))
            .Method("StartDiscovery", "", "", _ => Done(() => { }))
            .Method("RemoveDevice", "o", "", _ => Done(() => { })));
        await _bluez.ExportAsync(MeterPath.Value, device);
        await _bluez.RequestNameAsync("org.bluez");
        _advertising = new Timer(_ => device.Changed("RSSI"), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
    }

    private static Task<IReadOnlyList<object>> Done(Action action)
    {
        action();
        return Task.FromResult<IReadOnlyList<object>>([]);
    }
}
