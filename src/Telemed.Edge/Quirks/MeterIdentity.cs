using System.Collections.Immutable;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Quirks;

/// <summary>
/// By what a model is recognised: what it advertises (name, companies of its manufacturer data, services) and what its device
/// information says. Null or empty: not known, which matches no rule that asks for it.
/// </summary>
public sealed record MeterIdentity(
    string? Name = null, string? Manufacturer = null, string? Model = null, ImmutableHashSet<ushort>? Companies = null,
    ImmutableHashSet<GattUuid>? Services = null)
{
    /// <summary>A meter during its visit.</summary>
    public static MeterIdentity Of(DeviceInformation information) =>
        new(information.AdvertisedName, information.Manufacturer, information.Model);

    /// <summary>A meter as it is seen, before any visit.</summary>
    public static MeterIdentity Of(Advertisement seen) =>
        new(seen.Name, Companies: [.. seen.ManufacturerData.Keys], Services: [.. seen.Services, .. seen.ServiceData.Keys]);
}
