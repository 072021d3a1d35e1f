namespace Telemed.FirmwareSim.Gatt;

/// <summary>Weight Measurement 0x2A9D, Weight Scale Service 1.0 section 3.2: 3 to 15 octets. Null fields are left out.</summary>
public sealed record WeightMeasurement
{
    /// <summary>User id of somebody the scale does not know.</summary>
    public const byte UnknownUser = 0xFF;

    private const int Unsuccessful = 0xFFFF;

    /// <summary>kg in steps of 0.005, or pounds in steps of 0.01; null when the weighing was unsuccessful.</summary>
    public required decimal? Weight { get; init; }

    /// <summary>Weight in pounds and height in inches, not in kilograms and metres.</summary>
    public bool Imperial { get; init; }

    /// <summary>The scale's local wall time; null when its clock is not set.</summary>
    public DateTime? TimeStamp { get; init; }

    /// <summary>The slot of the person on the scale; 0xFF unknown.</summary>
    public byte? UserId { get; init; }

    /// <summary>Body mass index, kg/m² in tenths, with the height in steps of 0.001 m or 0.1 in.</summary>
    public (decimal Bmi, decimal Height)? Body { get; init; }

    /// <summary>The value of 0x2A9D.</summary>
    public byte[] Encode()
    {
        var flags = (Imperial ? 0x01 : 0) | (TimeStamp is null ? 0 : 0x02) | (UserId is null ? 0 : 0x04) | (Body is null ? 0 : 0x08);
        return new Octets()
            .U8(flags)
            .U16(Weight is { } weight ? (int)(weight / (Imperial ? 0.01m : 0.005m)) : Unsuccessful)
            .When(TimeStamp is not null, o => o.DateTime(TimeStamp))
            .When(UserId is not null, o => o.U8(UserId!.Value))
            .When(Body is not null, o => o
                .U16((int)(Body!.Value.Bmi / 0.1m))
                .U16((int)(Body.Value.Height / (Imperial ? 0.1m : 0.001m))))
            .ToArray();
    }
}
