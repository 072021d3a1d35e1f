namespace Telemed.FirmwareSim.Hci;

/// <summary>Commands (Core Specification 5.3, Vol 4 Part E 7): group in the upper six bits.</summary>
internal static class HciOpCode
{
    public const ushort Disconnect = 0x0406;
    public const ushort SetEventMask = 0x0C01;
    public const ushort Reset = 0x0C03;
    public const ushort ReadBufferSize = 0x1005;
    public const ushort LeSetEventMask = 0x2001;
    public const ushort LeReadBufferSize = 0x2002;
    public const ushort LeSetRandomAddress = 0x2005;
    public const ushort LeSetAdvertisingParameters = 0x2006;
    public const ushort LeSetAdvertisingData = 0x2008;
    public const ushort LeSetScanResponseData = 0x2009;
    public const ushort LeSetAdvertisingEnable = 0x200A;
    public const ushort LeKeyReply = 0x201A;
    public const ushort LeKeyRefusal = 0x201B;

    /// <summary>
    /// What the other side can be quicker than: the link may have ended, or begun, before the command arrived. An event tells.
    /// </summary>
    public static bool MayFail(ushort opCode) => opCode is Disconnect or LeKeyReply or LeKeyRefusal or LeSetAdvertisingEnable;
}

/// <summary>Events (Vol 4 Part E 7.7), and the LE ones by their subevent code (7.7.65).</summary>
internal static class HciEvent
{
    public const byte DisconnectionComplete = 0x05;
    public const byte EncryptionChange = 0x08;
    public const byte CommandComplete = 0x0E;
    public const byte CommandStatus = 0x0F;
    public const byte CompletedPackets = 0x13;
    public const byte EncryptionRefreshed = 0x30;
    public const byte LeMeta = 0x3E;
    public const byte LeConnection = 0x01;
    public const byte LeKeyRequest = 0x05;
    public const byte LeEnhancedConnection = 0x0A;
}
