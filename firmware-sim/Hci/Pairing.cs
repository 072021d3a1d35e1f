namespace Telemed.FirmwareSim.Hci;

/// <summary>Commands of the security manager (Core Specification 5.3, Vol 3 Part H 3.3).</summary>
internal static class SmpCode
{
    public const byte PairingRequest = 0x01;
    public const byte PairingResponse = 0x02;
    public const byte PairingConfirm = 0x03;
    public const byte PairingRandom = 0x04;
    public const byte PairingFailed = 0x05;
    public const byte EncryptionInformation = 0x06;
    public const byte CentralIdentification = 0x07;
    public const byte PairingPublicKey = 0x0C;
    public const byte DhKeyCheck = 0x0D;
}

/// <summary>Why a pairing fails (Vol 3 Part H 3.5.5).</summary>
internal enum PairingFailure : byte
{
    /// <summary>It does not.</summary>
    None = 0,

    /// <summary>The other side cannot do what the meter demands.</summary>
    AuthenticationRequirements = 0x03,

    /// <summary>The confirm value does not match: most often the digits were wrong.</summary>
    ConfirmValueFailed = 0x04,

    /// <summary>The key would be too short.</summary>
    EncryptionKeySize = 0x06,

    /// <summary>The command is not known, or not at this point.</summary>
    CommandNotSupported = 0x07,

    /// <summary>A command of the wrong length.</summary>
    InvalidParameters = 0x0A,

    /// <summary>The public key is none, or the check value does not match.</summary>
    DhKeyCheckFailed = 0x0B,
}

/// <summary>
/// What both sides begin with. Requests as on the air, code included; addresses in the order of the air, 6 octets; the digits
/// on the meter's screen, null when nobody has to type any.
/// </summary>
internal sealed record PairingTerms(byte[] Request, byte[] Response, byte PeerType, byte[] Peer, byte[] Own, uint? Passkey)
{
    private const byte RandomAddress = 1;

    public byte[] InitiatorAddress => [PeerType, .. Turned(Peer)];

    public byte[] ResponderAddress => [RandomAddress, .. Turned(Own)];

    /// <summary>The digits as a 128-bit number, most significant octet first; 0 without digits.</summary>
    public byte[] PasskeyOctets =>
        [.. new byte[12], (byte)((Passkey ?? 0) >> 24), (byte)((Passkey ?? 0) >> 16), (byte)((Passkey ?? 0) >> 8), (byte)(Passkey ?? 0)];

    /// <summary>From the order of the air to that of the specification's functions, and back.</summary>
    public static byte[] Turned(ReadOnlySpan<byte> octets)
    {
        var turned = octets.ToArray();
        Array.Reverse(turned);
        return turned;
    }
}

/// <summary>One run of a pairing method, responder side, after the exchange of requests.</summary>
internal abstract class Pairing(PairingTerms terms, Action<byte[]> send)
{
    /// <summary>The key that the central is to encrypt with, most significant octet first; null before it is agreed.</summary>
    public byte[]? Key { get; protected set; }

    /// <summary>The key is the one for later links too.</summary>
    public abstract bool KeyStays { get; }

    protected PairingTerms Terms => terms;

    /// <summary>Takes the initiator's next command; what it leads to is sent.</summary>
    public abstract PairingFailure Take(byte code, byte[] value);

    protected void Send(byte code, byte[] value) => send([code, .. PairingTerms.Turned(value)]);
}
