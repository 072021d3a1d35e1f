using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Weight Measurement, 0x2A9D (Weight Scale Service, section 3.2). 3 to 15 octets, indicated. Exact in the unit of the wire:
/// whatever resolution the scale's feature claims, a step is 0.005 kg or 0.01 lb.
/// </summary>
public sealed record WeightMeasurement : CharacteristicValue, IDecodable<WeightMeasurement>
{
    private const int MinimumLength = 3;
    private const byte Imperial = 0x01;
    private const byte TimestampPresent = 0x02;
    private const byte UserIdPresent = 0x04;
    private const byte BmiAndHeightPresent = 0x08;
    private const byte KnownFlags = 0x0F;
    private const ushort Unsuccessful = 0xFFFF;

    private const decimal KilogramStep = 0.005m;
    private const decimal PoundStep = 0.01m;
    private const decimal BmiStep = 0.1m;
    private const decimal MetreStep = 0.001m;
    private const decimal InchStep = 0.1m;
    private const string Metre = "m";
    private const string Inch = "[in_i]";
    private const string KilogramPerSquareMetre = "kg/m2";

    /// <summary>kg or [lb_av]; absent with <c>error</c> when the scale says that the measurement was unsuccessful (0xFFFF).</summary>
    public Quantity Weight { get; init; }

    /// <summary>When, by the scale's clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>The user's slot on the scale; 255 is an unknown user.</summary>
    public byte? UserId { get; init; }

    /// <summary>Body mass index, kg/m2; in the frame together with the height.</summary>
    public Quantity? Bmi { get; init; }

    /// <summary>m or [in_i], as entered by the user.</summary>
    public Quantity? Height { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out WeightMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & TimestampPresent) != 0 ? DeviceTime.Length : 0)
            + ((flags & UserIdPresent) != 0 ? 1 : 0)
            + ((flags & BmiAndHeightPresent) != 0 ? 4 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var imperial = (flags & Imperial) != 0;
        var weight = WeightOf(reader.ReadUInt16(), imperial);

        DeviceTime? timestamp = (flags & TimestampPresent) != 0 ? reader.ReadDateTime() : null;
        byte? userId = (flags & UserIdPresent) != 0 ? reader.ReadUInt8() : null;
        Quantity? bmi = null;
        Quantity? height = null;
        if ((flags & BmiAndHeightPresent) != 0)
        {
            bmi = Quantity.Of(reader.ReadUInt16() * BmiStep, KilogramPerSquareMetre);
            var steps = reader.ReadUInt16();
            height = imperial ? Quantity.Of(steps * InchStep, Inch) : Quantity.Of(steps * MetreStep, Metre);
        }

        measurement = new WeightMeasurement
        {
            Weight = weight,
            Timestamp = timestamp,
            UserId = userId,
            Bmi = bmi,
            Height = height,
            Notes = reader.Finish(),
        };
        return true;
    }

    private static Quantity WeightOf(ushort steps, bool imperial)
    {
        var (step, unit) = imperial ? (PoundStep, Units.Pound) : (KilogramStep, Units.Kilogram);
        return steps == Unsuccessful ? Quantity.Missing(AbsentReason.Error, unit) : Quantity.Of(steps * step, unit);
    }
}

/// <summary>Weight Scale Feature, 0x2A9E (Weight Scale Service, section 3.1). Four octets, read.</summary>
public sealed record WeightScaleFeature : CharacteristicValue, IDecodable<WeightScaleFeature>
{
    private const uint KnownBits = 0x000003FF;
    private const uint ResolutionBits = 0x000003F8;

    // By number, 0 apart, which is "not specified". The imperial steps that stand beside them are about twice as large.
    private static readonly decimal[] KilogramSteps = [0.5m, 0.2m, 0.1m, 0.05m, 0.02m, 0.01m, 0.005m];
    private static readonly decimal[] MetreSteps = [0.01m, 0.005m, 0.001m];

    /// <summary>What the scale supports.</summary>
    public WeightScaleFeatures Features { get; init; }

    /// <summary>How finely the scale weighs, kg; null when not specified. Says nothing about the unit of the wire.</summary>
    public Quantity? WeightMeasurementResolution { get; init; }

    /// <summary>How finely the height was given, m; null when not specified.</summary>
    public Quantity? HeightMeasurementResolution { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out WeightScaleFeature? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 4, out var reader, out failure))
        {
            return false;
        }

        var word = reader.Word(reader.ReadUInt32(), KnownBits);
        var weight = (int)(word >> 3) & 0x0F;
        var height = (int)(word >> 7) & 0x07;
        reader.Note(weight > KilogramSteps.Length || height > MetreSteps.Length, DecodeNoteKinds.ReservedValue);
        measurement = new WeightScaleFeature
        {
            Features = (WeightScaleFeatures)(word & ~ResolutionBits),
            WeightMeasurementResolution = Step(KilogramSteps, weight, Units.Kilogram),
            HeightMeasurementResolution = Step(MetreSteps, height, "m"),
            Notes = reader.Finish(),
        };
        return true;
    }

    private static Quantity? Step(decimal[] steps, int number, string unit) =>
        number > 0 && number <= steps.Length ? Quantity.Of(steps[number - 1], unit) : null;
}

/// <summary>The bits of Weight Scale Feature; bits 3 to 9 are the two resolutions.</summary>
[Flags]
public enum WeightScaleFeatures : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Time stamp.</summary>
    TimestampSupported = 0x00000001,

    /// <summary>Multiple users.</summary>
    MultipleUsersSupported = 0x00000002,

    /// <summary>Body mass index.</summary>
    BmiSupported = 0x00000004,
}
