namespace Telemed.FirmwareSim.Gatt;

/// <summary>Error codes of the Attribute Protocol (Core Specification 5.3, Vol 3 Part F 3.4.1.1, and Supplement Part B).</summary>
public enum AttError
{
    /// <summary>No error.</summary>
    None = 0x00,

    /// <summary>There is no attribute with that handle.</summary>
    InvalidHandle = 0x01,

    /// <summary>The attribute cannot be read.</summary>
    ReadNotPermitted = 0x02,

    /// <summary>The attribute cannot be written.</summary>
    WriteNotPermitted = 0x03,

    /// <summary>The request is malformed.</summary>
    InvalidPdu = 0x04,

    /// <summary>The link must be paired first.</summary>
    InsufficientAuthentication = 0x05,

    /// <summary>The server does not know the request.</summary>
    RequestNotSupported = 0x06,

    /// <summary>Reading begins behind the value's end.</summary>
    InvalidOffset = 0x07,

    /// <summary>No attribute in the range is of that kind.</summary>
    AttributeNotFound = 0x0A,

    /// <summary>The value is too short or too long.</summary>
    InvalidLength = 0x0D,

    /// <summary>Both sides have keys, but the link is not encrypted with them.</summary>
    InsufficientEncryption = 0x0F,

    /// <summary>Attributes of that type group nothing.</summary>
    UnsupportedGroupType = 0x10,

    /// <summary>The value is not one of those allowed.</summary>
    ValueNotAllowed = 0x13,

    /// <summary>A notification or indication that the request needs is not switched on.</summary>
    ConfigurationImproper = 0xFD,

    /// <summary>A procedure is running.</summary>
    ProcedureInProgress = 0xFE,

    /// <summary>The value is out of range.</summary>
    OutOfRange = 0xFF,
}
