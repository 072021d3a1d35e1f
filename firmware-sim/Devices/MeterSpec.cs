using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>What can be done with a characteristic (Core Specification, Vol 3 Part G 3.3.1.1).</summary>
[Flags]
public enum Operations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read.</summary>
    Read = 0x02,

    /// <summary>Write with response.</summary>
    Write = 0x08,

    /// <summary>Notification, unconfirmed.</summary>
    Notify = 0x10,

    /// <summary>Indication, confirmed.</summary>
    Indicate = 0x20,
}

/// <summary>What a meter wants of the link before it gives health data.</summary>
public enum LinkSecurity
{
    /// <summary>Nothing.</summary>
    Open,

    /// <summary>Encryption, paired without a question (Just Works).</summary>
    JustWorks,

    /// <summary>Encryption, paired with the six digits that the meter shows.</summary>
    Passkey,

    /// <summary>Encryption, paired when a person says that meter and host show the same six digits (numeric comparison).</summary>
    Comparison,
}

/// <summary>A characteristic; a protected one needs the link security that the meter asks for.</summary>
public sealed record CharacteristicSpec(Guid Uuid, Operations Operations, bool Protected = false);

/// <summary>A primary service.</summary>
public sealed record ServiceSpec(Guid Uuid, params IReadOnlyList<CharacteristicSpec> Characteristics);

/// <summary>What a meter is, apart from what happens to it: identity, advertising, GATT database, security, patience.</summary>
public sealed record MeterSpec
{
    /// <summary>One of <see cref="Scenario.AllMeters"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Static random address: the two top bits of the first octet are set.</summary>
    public required string Address { get; init; }

    /// <summary>The advertised local name.</summary>
    public required string Name { get; init; }

    /// <summary>GAP appearance (Assigned Numbers 2.6).</summary>
    public required ushort Appearance { get; init; }

    /// <summary>Device information.</summary>
    public required DeviceInformation Information { get; init; }

    /// <summary>The GATT database, in handle order.</summary>
    public required IReadOnlyList<ServiceSpec> Services { get; init; }

    /// <summary>The service UUIDs in the advertisement.</summary>
    public required IReadOnlyList<Guid> AdvertisedServices { get; init; }

    /// <summary>Manufacturer data in the advertisement, by company identifier.</summary>
    public IReadOnlyDictionary<ushort, byte[]> ManufacturerData { get; init; } = new Dictionary<ushort, byte[]>();

    /// <summary>Service data in the advertisement, by service.</summary>
    public IReadOnlyDictionary<Guid, byte[]> ServiceData { get; init; } = new Dictionary<Guid, byte[]>();

    /// <summary>What the link must offer.</summary>
    public LinkSecurity Security { get; init; }

    /// <summary>The digits on the screen at pairing, 0..999999.</summary>
    public uint Passkey { get; init; }

    /// <summary>Its pairing knows Secure Connections (Bluetooth 4.2); an older meter has the legacy pairing only.</summary>
    public bool SecureConnections { get; init; } = true;

    /// <summary>
    /// How many hosts it keeps keys of. 1: whoever pairs next, such as a phone, takes the place of the one before. 0: it pairs,
    /// and knows nobody once the link has ended.
    /// </summary>
    public int Bonds { get; init; } = 4;

    /// <summary>How long it advertises after the button or a measurement.</summary>
    public TimeSpan AdvertisingWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it keeps a link on which nothing happens.</summary>
    public TimeSpan IdlePatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The ATT MTU that it negotiates.</summary>
    public ushort Mtu { get; init; } = 185;

    /// <summary>The spec's entry for a characteristic; null when the meter has none such.</summary>
    public CharacteristicSpec? Find(Guid characteristic) =>
        Services.SelectMany(s => s.Characteristics).FirstOrDefault(c => c.Uuid == characteristic);

    /// <summary>Device Information and Battery, alike in all meters.</summary>
    public static IReadOnlyList<ServiceSpec> CommonServices { get; } =
    [
        new(GattUuid.DeviceInformation,
        [
            .. new[]
            {
                GattUuid.ManufacturerName, GattUuid.ModelNumber, GattUuid.SerialNumber, GattUuid.HardwareRevision,
                GattUuid.FirmwareRevision, GattUuid.SoftwareRevision, GattUuid.SystemId, GattUuid.PnpId,
            }.Select(uuid => new CharacteristicSpec(uuid, Operations.Read)),
        ]),
        new(GattUuid.Battery, new CharacteristicSpec(GattUuid.BatteryLevel, Operations.Read | Operations.Notify)),
    ];
}
