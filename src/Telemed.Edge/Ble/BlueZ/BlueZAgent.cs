using System.Globalization;
using Telemed.DBus;
using Telemed.Vitals;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>
/// org.bluez.Agent1: what bluetoothd asks before it pairs. It only translates: who may be paired and what is answered is decided
/// behind <see cref="IPairingPrompt"/>. Whoever else than bluetoothd asks is rejected.
/// </summary>
internal sealed class BlueZAgent : IDisposable
{
    /// <summary>Where it is exported.</summary>
    public const string Path = "/telemed/agent";

    private readonly IPairingPrompt _prompt;
    private readonly Func<string, DeviceId?> _deviceAt;
    private CancellationTokenSource _asking = new();

    /// <summary><paramref name="deviceAt"/>: the device with this object path, null when none is known.</summary>
    public BlueZAgent(IPairingPrompt prompt, Func<string, DeviceId?> deviceAt)
    {
        (_prompt, _deviceAt) = (prompt, deviceAt);
        Interface = new DBusInterface("org.bluez.Agent1")
            .Method("Release", "", "", Withdraw)
            .Method("Cancel", "", "", Withdraw)
            .Method("RequestAuthorization", "o", "", call => AcceptAsync(call, PairingQuestionKind.Authorize, null))
            .Method("RequestConfirmation", "ou", "", call => AcceptAsync(call, PairingQuestionKind.ComparePasskey, Digits(call)))
            .Method("RequestPasskey", "o", "u", call => CodeAsync(
                call, PairingQuestionKind.EnterPasskey, digits => uint.Parse(digits, CultureInfo.InvariantCulture)))
            .Method("RequestPinCode", "o", "s", call => CodeAsync(call, PairingQuestionKind.EnterPin, pin => pin))
            .Method("DisplayPasskey", "ouq", "", call => Show(call, Digits(call)))
            .Method("DisplayPinCode", "os", "", call => Show(call, (string)call.Arguments[1]))
            .Method("AuthorizeService", "os", "", _ => throw Rejected());
    }

    public DBusInterface Interface { get; }

    /// <summary>bluetoothd's unique name on the bus.</summary>
    public string? Owner { get; set; }

    public void Dispose() => _asking.Dispose();

    private async Task<IReadOnlyList<object>> AcceptAsync(DBusCall call, PairingQuestionKind kind, string? code)
    {
        await AskAsync(call, kind, code).ConfigureAwait(false);
        return [];
    }

    private async Task<IReadOnlyList<object>> CodeAsync(DBusCall call, PairingQuestionKind kind, Func<string, object> read) =>
        [read((await AskAsync(call, kind, null).ConfigureAwait(false)).Code!)];

    private async Task<PairingAnswer> AskAsync(DBusCall call, PairingQuestionKind kind, string? code)
    {
        var asking = _asking = new CancellationTokenSource();
        return await _prompt.AskAsync(DeviceOf(call), kind, code, asking.Token).ConfigureAwait(false) ?? throw Rejected();
    }

    private Task<IReadOnlyList<object>> Show(DBusCall call, string code) =>
        _prompt.Show(DeviceOf(call), code) ? Task.FromResult<IReadOnlyList<object>>([]) : throw Rejected();

    private Task<IReadOnlyList<object>> Withdraw(DBusCall call)
    {
        if (call.Sender == Owner)
        {
            // Not inline: whoever waits must not continue on the thread of the bus.
            _ = _asking.CancelAsync();
        }

        return Task.FromResult<IReadOnlyList<object>>([]);
    }

    private DeviceId DeviceOf(DBusCall call) =>
        call.Sender == Owner && _deviceAt(((ObjectPath)call.Arguments[0]).Value) is { } device ? device : throw Rejected();

    private static string Digits(DBusCall call) => ((uint)call.Arguments[1]).ToString("d6", CultureInfo.InvariantCulture);

    private static DBusException Rejected() => new("org.bluez.Error.Rejected", "Nobody is pairing this device");
}
