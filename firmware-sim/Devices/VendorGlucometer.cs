using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>
/// A glucometer in the manner of the OneTouch Verio: it speaks its vendor's own language in a service of its own, and has no standard one to read it
/// by. It shows itself as long as it is switched on, and nothing can be had from it.
/// </summary>
public sealed class VendorGlucometer(World world, string address, string serial)
    : Meter(world, Specify(address, serial), new ClockSetting(IsSet: false))
{
    private static readonly Guid VendorService = Guid.Parse("af9df7a1-e595-11e3-96b4-0002a5d5c51b");
    private static readonly Guid VendorAnswers = Guid.Parse("af9df7a3-e595-11e3-96b4-0002a5d5c51b");

    /// <inheritdoc/>
    protected override bool StaysAwake => true;

    /// <inheritdoc/>
    public override void Measure() => Wake();

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) => [];

    /// <inheritdoc/>
    protected override AttError OnWrite(Guid characteristic, byte[] value) => AttError.WriteNotPermitted;

    private static MeterSpec Specify(string address, string serial) => new()
    {
        Kind = "verio",
        Address = address,
        Name = "OneTouch " + serial[^4..],
        Appearance = 0x0400,
        Passkey = uint.Parse(serial[^6..], CultureInfo.InvariantCulture),
        AdvertisedServices = [VendorService],
        Information = new DeviceInformation
        {
            Manufacturer = "LifeScan",
            Model = "Verio",
            Serial = serial,
            Firmware = "1.0",
            SystemId = [0x07, 0x00, 0x00, 0xFE, 0xFF, 0xC3, 0x09, 0x00],
            PnpId = (1, 0x03F8, 0x0001, 0x0100),
        },
        Services = [.. MeterSpec.CommonServices, new(VendorService, new CharacteristicSpec(VendorAnswers, Operations.Notify))],
    };
}
