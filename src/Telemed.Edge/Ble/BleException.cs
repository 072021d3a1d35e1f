namespace Telemed.Edge.Ble;

/// <summary>Why an operation of the radio failed; closed, and each asks for another action.</summary>
public enum BleFailure
{
    /// <summary>Nothing of the kinds below; the message has the stack's own words.</summary>
    Unknown,

    /// <summary>The device has not been seen, or is known no more.</summary>
    NotFound,

    /// <summary>No answer within the limit: a meter asleep or out of range, or a hung stack.</summary>
    TimedOut,

    /// <summary>The link was lost before or during the operation.</summary>
    Disconnected,

    /// <summary>The characteristic does not allow the operation.</summary>
    NotPermitted,

    /// <summary>The link is not encrypted as the meter demands, or the meter refuses our key: a person must pair it anew.</summary>
    Authentication,

    /// <summary>Another operation of the same kind is under way.</summary>
    Busy,

    /// <summary>The adapter is there but switched off.</summary>
    RadioOff,

    /// <summary>No adapter, no Bluetooth service or no bus.</summary>
    RadioGone,

    /// <summary>The meter answered with an ATT error, see <see cref="BleException.AttError"/>.</summary>
    AttError,
}

/// <summary>The only exception of <see cref="IBleCentral"/> and what it hands out, cancellation apart.</summary>
public sealed class BleException(BleFailure failure, string message, Exception? inner = null, byte attError = 0)
    : Exception(message, inner)
{
    /// <summary>The kind.</summary>
    public BleFailure Failure { get; } = failure;

    /// <summary>
    /// The code the meter answered with (Bluetooth Core, Vol 3, Part F, 3.4.1.1; from 0x80 on the service's own);
    /// 0 unless <see cref="Failure"/> is <see cref="BleFailure.AttError"/>.
    /// </summary>
    public byte AttError { get; } = attError;
}
