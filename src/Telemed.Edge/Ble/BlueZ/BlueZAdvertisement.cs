using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>The properties of a Device1 object as an advertisement.</summary>
internal static class BlueZAdvertisement
{
    /// <summary>Null when the object has no address, which a proper one has.</summary>
    public static Advertisement? Read(IReadOnlyDictionary<string, object> device)
    {
        if (!DeviceId.TryParse(Get<string>(device, "Address"), out var id))
        {
            return null;
        }

        var services = Get<string[]>(device, "UUIDs") ?? [];
        var manufacturer = Get<Dictionary<ushort, object>>(device, "ManufacturerData") ?? [];
        var service = Get<Dictionary<string, object>>(device, "ServiceData") ?? [];
        return new Advertisement(
            id,
            Get<string>(device, "AddressType") == "random",
            Get<string>(device, "Name"),
            [.. services.Select(Uuid)],
            manufacturer.ToImmutableDictionary(pair => pair.Key, pair => Bytes(pair.Value)),
            service.ToImmutableDictionary(pair => Uuid(pair.Key), pair => Bytes(pair.Value)),
            device.TryGetValue("RSSI", out var rssi) ? rssi as short? : null);
    }

    private static T? Get<T>(IReadOnlyDictionary<string, object> device, string property)
        where T : class => device.TryGetValue(property, out var value) ? value as T : null;

    private static GattUuid Uuid(string text) => GattUuid.TryParse(text, out var uuid) ? uuid : default;

    private static ReadOnlyMemory<byte> Bytes(object value) => value as byte[] ?? [];
}
