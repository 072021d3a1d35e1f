namespace Telemed.FirmwareSim.Gatt;

/// <summary>Heart Rate Measurement 0x2A37, Heart Rate Service 1.0 section 3.1. Null fields are left out.</summary>
public sealed record HeartRateMeasurement
{
    /// <summary>Beats per minute; one octet on the wire while it fits and is not asked to be <see cref="Wide"/>.</summary>
    public required int BeatsPerMinute { get; init; }

    /// <summary>Two octets for the rate although one would do.</summary>
    public bool Wide { get; init; }

    /// <summary>Whether the electrodes touch the skin; null on a belt that cannot tell.</summary>
    public bool? Contact { get; init; }

    /// <summary>Energy expended in kJ.</summary>
    public int? Energy { get; init; }

    /// <summary>The times between beats since the last frame, in 1/1024 s, oldest first; none is none.</summary>
    public IReadOnlyList<int> RrIntervals { get; init; } = [];

    /// <summary>The value of 0x2A37.</summary>
    public byte[] Encode()
    {
        var wide = Wide || BeatsPerMinute > byte.MaxValue;
        var flags = (wide ? 0x01 : 0) | (Contact == true ? 0x02 : 0) | (Contact is null ? 0 : 0x04)
            | (Energy is null ? 0 : 0x08) | (RrIntervals.Count == 0 ? 0 : 0x10);
        var octets = new Octets()
            .U8(flags)
            .When(wide, o => o.U16(BeatsPerMinute))
            .When(!wide, o => o.U8(BeatsPerMinute))
            .When(Energy is not null, o => o.U16(Energy!.Value));
        return RrIntervals.Aggregate(octets, (o, interval) => o.U16(interval)).ToArray();
    }
}
