using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>The meters that belong to this unit. No other device is ever connected. Asked for every advertisement, so it is quick.</summary>
public interface IEnrolledDevices
{
    /// <summary>Whether the device may be visited.</summary>
    bool Contains(DeviceId device);
}
