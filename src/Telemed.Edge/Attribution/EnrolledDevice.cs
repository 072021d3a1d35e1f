using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>A meter that this gateway reads, and the station (room) it stands in.</summary>
public sealed record EnrolledDevice(DeviceId Device, string Label, string Station)
{
    /// <summary>When it was paired and read again after that; null: enrolled by hand.</summary>
    public DateTimeOffset? Paired { get; init; }

    /// <summary>Why it is left alone until a person acts; null: it is visited.</summary>
    public VisitHold? Held { get; init; }

    /// <summary>Since when; null when <see cref="Held"/> is.</summary>
    public DateTimeOffset? HeldSince { get; init; }
}
