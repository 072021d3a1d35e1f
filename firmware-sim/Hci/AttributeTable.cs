using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Hci;

/// <summary>What an attribute is.</summary>
internal enum AttributeKind
{
    /// <summary>A declaration, or a value that never changes.</summary>
    Fixed,

    /// <summary>A characteristic's value, which the meter has.</summary>
    Value,

    /// <summary>A characteristic's client configuration, which the link has.</summary>
    Configuration,
}

/// <summary>One attribute. A service's declaration knows the last handle of its group.</summary>
internal sealed record GattAttribute(
    ushort Handle, Guid Type, AttributeKind Kind, byte[] Fixed, CharacteristicSpec? Characteristic = null, ushort GroupEnd = 0);

/// <summary>A meter's services laid out in handles from 1, Generic Access and Generic Attribute first, without gaps.</summary>
internal sealed class AttributeTable
{
    private static readonly CharacteristicSpec
        Name = new(GattUuid.DeviceName, Operations.Read), Appearance = new(GattUuid.Appearance, Operations.Read),
        ServiceChanged = new(GattUuid.ServiceChanged, Operations.Indicate);

    private readonly List<GattAttribute> _attributes = [];

    public AttributeTable(MeterSpec spec)
    {
        Add(new ServiceSpec(GattUuid.GenericAccess, Name, Appearance), spec);
        Add(new ServiceSpec(GattUuid.GenericAttribute, ServiceChanged), spec);
        foreach (var service in spec.Services)
        {
            Add(service, spec);
        }
    }

    /// <summary>The attribute of a handle; null when there is none.</summary>
    public GattAttribute? Find(ushort handle) => handle > 0 && handle <= _attributes.Count ? _attributes[handle - 1] : null;

    /// <summary>The handle of a characteristic's value; the meter has it.</summary>
    public ushort HandleOf(Guid characteristic) =>
        _attributes.First(a => a.Kind == AttributeKind.Value && a.Type == characteristic).Handle;

    /// <summary>The attributes in a range of handles.</summary>
    public IEnumerable<GattAttribute> Between(ushort first, ushort last) =>
        _attributes.Where(a => a.Handle >= first && a.Handle <= last);

    private ushort Next => (ushort)(_attributes.Count + 1);

    private void Add(ServiceSpec service, MeterSpec spec)
    {
        var declaration = Next;
        _attributes.Add(new(declaration, GattUuid.PrimaryService, AttributeKind.Fixed, GattUuid.Octets(service.Uuid)));
        foreach (var characteristic in service.Characteristics)
        {
            Add(characteristic, spec);
        }

        _attributes[declaration - 1] = _attributes[declaration - 1] with { GroupEnd = (ushort)_attributes.Count };
    }

    private void Add(CharacteristicSpec characteristic, MeterSpec spec)
    {
        var value = (ushort)(Next + 1);
        _attributes.Add(new(
            Next, GattUuid.Characteristic, AttributeKind.Fixed,
            [(byte)characteristic.Operations, (byte)value, (byte)(value >> 8), .. GattUuid.Octets(characteristic.Uuid)]));
        _attributes.Add(
            characteristic == Name ? new(value, characteristic.Uuid, AttributeKind.Fixed, System.Text.Encoding.UTF8.GetBytes(spec.Name))
            : characteristic == Appearance
                ? new(value, characteristic.Uuid, AttributeKind.Fixed, [(byte)spec.Appearance, (byte)(spec.Appearance >> 8)])
            : new(value, characteristic.Uuid, AttributeKind.Value, [], characteristic));
        if ((characteristic.Operations & (Operations.Notify | Operations.Indicate)) != 0)
        {
            _attributes.Add(new(Next, GattUuid.ClientConfiguration, AttributeKind.Configuration, [], characteristic));
        }
    }
}
