using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// What a meter says of itself: structures of length, type, value (Core Specification Supplement, Part A), 31 octets at most
/// in the advertisement and as many in the answer to a scan.
/// </summary>
internal static class AdvertisingData
{
    private const byte Flags = 0x01;
    private const byte Services16 = 0x03;
    private const byte Services128 = 0x07;
    private const byte CompleteName = 0x09;
    private const byte ServiceData16 = 0x16;
    private const byte Appearance = 0x19;
    private const byte ManufacturerData = 0xFF;

    // General discoverable, no BR/EDR.
    private const byte GeneralLeOnly = 0x06;

    /// <summary>The advertisement: flags, services, appearance, manufacturer and service data.</summary>
    public static byte[] Of(MeterSpec spec)
    {
        var services = spec.AdvertisedServices.Select(GattUuid.Octets).ToLookup(octets => octets.Length == 2);
        return
        [
            .. Structure(Flags, [GeneralLeOnly]),
            .. services[true].Any() ? Structure(Services16, [.. services[true].SelectMany(s => s)]) : [],
            .. services[false].Any() ? Structure(Services128, [.. services[false].SelectMany(s => s)]) : [],
            .. Structure(Appearance, [(byte)spec.Appearance, (byte)(spec.Appearance >> 8)]),
            .. spec.ManufacturerData.SelectMany(m => Structure(ManufacturerData, [(byte)m.Key, (byte)(m.Key >> 8), .. m.Value])),
            .. spec.ServiceData.SelectMany(s => Structure(ServiceData16, [.. GattUuid.Octets(s.Key), .. s.Value])),
        ];
    }

    /// <summary>The answer to an active scan: the name.</summary>
    public static byte[] ScanResponseOf(MeterSpec spec) => Structure(CompleteName, System.Text.Encoding.UTF8.GetBytes(spec.Name));

    private static byte[] Structure(byte type, byte[] value) => [(byte)(value.Length + 1), type, .. value];
}
