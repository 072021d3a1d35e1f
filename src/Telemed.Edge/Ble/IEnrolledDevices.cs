using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// The meters that belong to this unit, and what is kept about their pairing. No other device is ever connected, the one apart that a
/// person is pairing just now. Asked for every advertisement, so reading is quick.
/// </summary>
public interface IEnrolledDevices
{
    /// <summary>Whether the device is enrolled.</summary>
    bool Contains(DeviceId device);

    /// <summary>Whether it was paired with this gateway, and read again after that.</summary>
    bool IsPaired(DeviceId device);

    /// <summary>Why it is left alone although it is enrolled; null: it is visited.</summary>
    VisitHold? HoldOf(DeviceId device);

    /// <summary>Leaves it alone from now on, or visits it again; durable. False when it is not enrolled.</summary>
    bool SetHold(DeviceId device, VisitHold? hold);

    /// <summary>Enrols a meter that was paired; durable. Ends what held it.</summary>
    void EnrolPaired(DeviceId device, string label, string station);
}
