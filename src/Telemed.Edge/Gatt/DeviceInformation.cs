using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>Battery Level, 0x2A19 (Battery Service). One octet, 0 to 100 percent; more is reserved and kept with a note.</summary>
public sealed record BatteryLevel : CharacteristicValue, IDecodable<BatteryLevel>
{
    private const byte Full = 100;

    /// <summary>Percent.</summary>
    [JsonPropertyName("batteryLevel")]
    public Quantity Level { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out BatteryLevel? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 1, out var reader, out failure))
        {
            return false;
        }

        var level = reader.ReadUInt8();
        reader.Note(level > Full, DecodeNoteKinds.ReservedValue);
        measurement = new BatteryLevel { Level = Quantity.Of(level, Units.Percent), Notes = reader.Finish() };
        return true;
    }
}

/// <summary>System ID, 0x2A23 (Device Information Service). Eight octets: 40 bits of the manufacturer, then the 24-bit OUI.</summary>
public sealed record SystemId : CharacteristicValue, IDecodable<SystemId>
{
    /// <summary>
    /// The EUI-64, which is the octets in reverse, as the Personal Health Device guide writes it: <c>FE-ED-AB-EE-DE-AD-77-C3</c>.
    /// </summary>
    public required string Eui64 { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out SystemId? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, sizeof(ulong), out var reader, out failure))
        {
            return false;
        }

        var octets = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(octets, reader.ReadUInt64());
        measurement = new SystemId { Eui64 = BitConverter.ToString(octets), Notes = reader.Finish() };
        return true;
    }
}

/// <summary>PnP ID, 0x2A50 (Device Information Service). Seven octets.</summary>
public sealed record PnpId : CharacteristicValue, IDecodable<PnpId>
{
    private const int MinimumLength = 7;

    /// <summary>Who assigned the vendor's number.</summary>
    public VendorIdSource VendorIdSource { get; init; }

    /// <summary>The vendor's number.</summary>
    public ushort VendorId { get; init; }

    /// <summary>The vendor's number of the product.</summary>
    public ushort ProductId { get; init; }

    /// <summary>The product's version; binary coded decimal by convention (0x0110 is 1.1.0), kept as the number.</summary>
    public ushort ProductVersion { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(ReadOnlySpan<byte> value, [NotNullWhen(true)] out PnpId? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var source = reader.Code((VendorIdSource)reader.ReadUInt8());
        var vendor = reader.ReadUInt16();
        var product = reader.ReadUInt16();
        var version = reader.ReadUInt16();
        measurement = new PnpId
        {
            VendorIdSource = source,
            VendorId = vendor,
            ProductId = product,
            ProductVersion = version,
            Notes = reader.Finish(),
        };
        return true;
    }
}

/// <summary>Who assigned a vendor's number.</summary>
public enum VendorIdSource : byte
{
    /// <summary>The Bluetooth SIG.</summary>
    BluetoothSig = 1,

    /// <summary>The USB Implementer's Forum.</summary>
    UsbImplementersForum = 2,
}

/// <summary>
/// Manufacturer Name, Model Number, Serial Number, Firmware, Hardware and Software Revision (0x2A29, 0x2A24 to 0x2A28; Device
/// Information Service): UTF-8, without the NULs and blanks that devices pad it with. May be empty.
/// </summary>
public sealed record DeviceInformationString : CharacteristicValue, IDecodable<DeviceInformationString>
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out DeviceInformationString? measurement, out DecodeFailure failure)
    {
        _ = GattReader.TryStart(value, 0, out var reader, out failure);
        var octets = reader.ReadRest();
        var text = Encoding.UTF8.GetString(octets).Trim(' ', '\0', '\t', '\r', '\n');
        reader.Note(text.Contains(Replacement, StringComparison.Ordinal), DecodeNoteKinds.InvalidUtf8);
        measurement = new DeviceInformationString { Text = text, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>
/// IEEE 11073-20601 Regulatory Certification Data List, 0x2A2A (Device Information Service): a structure of its own, kept as octets.
/// </summary>
public sealed record RegulatoryCertificationDataList : CharacteristicValue, IDecodable<RegulatoryCertificationDataList>
{
    /// <summary>The octets, hexadecimal.</summary>
    public required string Octets { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out RegulatoryCertificationDataList? measurement, out DecodeFailure failure)
    {
        _ = GattReader.TryStart(value, 0, out var reader, out failure);
        var octets = Convert.ToHexString(reader.ReadRest());
        measurement = new RegulatoryCertificationDataList { Octets = octets, Notes = reader.Finish() };
        return true;
    }
}
