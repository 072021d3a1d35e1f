using System.Globalization;
using Telemed.DBus;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>Names on the bus, and calls to the Bluetooth service whose failures are <see cref="BleException"/>s.</summary>
internal static class BlueZCalls
{
    public const string BusName = "org.bluez";
    public const string AdapterInterface = "org.bluez.Adapter1";
    public const string DeviceInterface = "org.bluez.Device1";
    public const string BatteryInterface = "org.bluez.Battery1";
    public const string ServiceInterface = "org.bluez.GattService1";
    public const string CharacteristicInterface = "org.bluez.GattCharacteristic1";
    public const string PropertiesInterface = "org.freedesktop.DBus.Properties";
    public const string ObjectManagerInterface = "org.freedesktop.DBus.ObjectManager";

    private const string AttErrorText = "ATT error: 0x";

    public static async Task<IReadOnlyList<object>> CallBlueZAsync(
        this DBusConnection bus, string path, string @interface, string member, string signature,
        IReadOnlyList<object> arguments, TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            return await bus.CallAsync(BusName, path, @interface, member, signature, arguments, limit, cancellation)
                .ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new BleException(BleFailure.TimedOut, $"{member} was not answered within {limit}.", e);
        }
        catch (DBusDisconnectedException e)
        {
            throw new BleException(BleFailure.RadioGone, "The bus is gone.", e);
        }
        catch (DBusException e)
        {
            var code = AttError(e.Message);
            throw new BleException(
                code is null ? Classify(e) : BleFailure.AttError, $"{member}: {e.Name}: {e.Message}", e, code ?? 0);
        }
    }

    /// <summary>
    /// The kind of an error reply. BlueZ tells several ATT errors by name only, and with one name tells "read not permitted" and
    /// "not paired"; bluetoothd's death shows as an answer from the bus itself.
    /// </summary>
    private static BleFailure Classify(DBusException error) => error.Name switch
    {
        "org.bluez.Error.NotPermitted" when error.Message.Contains("paired", StringComparison.OrdinalIgnoreCase) =>
            BleFailure.Authentication,
        "org.bluez.Error.NotPermitted" or "org.bluez.Error.NotSupported" => BleFailure.NotPermitted,
        "org.bluez.Error.NotAuthorized" or "org.bluez.Error.NotPaired" or "org.bluez.Error.AuthenticationFailed"
            or "org.bluez.Error.AuthenticationRejected" or "org.bluez.Error.AuthenticationTimeout" => BleFailure.Authentication,
        "org.bluez.Error.InProgress" => BleFailure.Busy,
        "org.bluez.Error.Failed" when error.Message == "Already notifying" => BleFailure.Busy,
        // Nobody else cancels an exchange of ours: so BlueZ tells of a link lost during it (src/device.c, new_authentication_return).
        "org.bluez.Error.NotConnected" or "org.bluez.Error.AuthenticationCanceled" => BleFailure.Disconnected,
        "org.bluez.Error.ConnectionAttemptFailed" => BleFailure.TimedOut,
        "org.bluez.Error.NotReady" => BleFailure.RadioOff,
        "org.bluez.Error.DoesNotExist" or "org.freedesktop.DBus.Error.UnknownObject"
            or "org.freedesktop.DBus.Error.UnknownMethod" or "org.freedesktop.DBus.Error.UnknownInterface" => BleFailure.NotFound,
        "org.freedesktop.DBus.Error.NoReply" or "org.freedesktop.DBus.Error.ServiceUnknown"
            or "org.freedesktop.DBus.Error.NameHasNoOwner" => BleFailure.RadioGone,
        _ => BleFailure.Unknown,
    };

    private static byte? AttError(string message)
    {
        var at = message.IndexOf(AttErrorText, StringComparison.Ordinal) + AttErrorText.Length;
        return at >= AttErrorText.Length && message.Length >= at + 2 && byte.TryParse(
            message.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? code : null;
    }
}
