using Telemed.Edge.Ble;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>A meter that this gateway reads, and the station (room) it stands in.</summary>
public sealed record EnrolledDevice(DeviceId Device, string Label, string Station)
{
    /// <summary>Since when it stands there: what it measured before, it measured elsewhere. Null: since ever.</summary>
    public GatewayMoment? StationSince { get; init; }

    /// <summary>When it was paired and read again after that; null: enrolled by hand.</summary>
    public DateTimeOffset? Paired { get; init; }

    /// <summary>Why it is left alone until a person acts; null: it is visited.</summary>
    public VisitHold? Held { get; init; }

    /// <summary>Since when; null when <see cref="Held"/> is.</summary>
    public DateTimeOffset? HeldSince { get; init; }
}
