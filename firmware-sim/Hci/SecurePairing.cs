using System.Security.Cryptography;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// LE Secure Connections (Core Specification 5.3, Vol 3 Part H 2.3.5.6): keys on P-256, then either one exchange of random
/// numbers (Just Works) or one for each of the twenty bits of the digits, then the check of the shared secret.
/// </summary>
internal sealed class SecurePairing(PairingTerms terms, Action<byte[]> send) : Pairing(terms, send)
{
    private const int PasskeyBits = 20;
    private const int CoordinateLength = 32;

    private readonly PairingKeys _keys = new();
    private byte[] _peerX = [];
    private byte[]? _secret;
    private byte[] _own = RandomNumberGenerator.GetBytes(16);
    private byte[]? _peer;
    private byte[]? _confirm;
    private int _round;

    public override bool KeyStays => true;

    private int Rounds => Terms.Passkey is null ? 1 : PasskeyBits;

    public override PairingFailure Take(byte code, byte[] value) => code switch
    {
        SmpCode.PairingPublicKey when _secret is null => TakePublicKey(value),
        SmpCode.PairingConfirm when _secret is not null && Terms.Passkey is not null && _confirm is null => TakeConfirm(value),
        SmpCode.PairingRandom when _secret is not null && _round < Rounds => TakeRandom(value),
        SmpCode.DhKeyCheck when _round == Rounds && Key is null => TakeCheck(value),
        _ => PairingFailure.CommandNotSupported,
    };

    // A key is x and y, each least significant octet first; turned as a whole, y comes first.
    private PairingFailure TakePublicKey(byte[] turned)
    {
        var (y, x) = (turned[..CoordinateLength], turned[CoordinateLength..]);

        // One's own key come back is an attack (2.3.5.6.1).
        if (x.AsSpan().SequenceEqual(_keys.Point.X) || _keys.Agree(new ECPoint { X = x, Y = y }) is not { } secret)
        {
            return PairingFailure.DhKeyCheckFailed;
        }

        (_peerX, _secret) = (x, secret);
        Send(SmpCode.PairingPublicKey, [.. _keys.Point.Y!, .. _keys.Point.X!]);
        if (Terms.Passkey is null)
        {
            // Just Works: the responder commits itself first.
            Send(SmpCode.PairingConfirm, PairingCrypto.F4(_keys.Point.X!, _peerX, _own, 0));
        }

        return PairingFailure.None;
    }

    private PairingFailure TakeConfirm(byte[] value)
    {
        _confirm = value;
        _own = RandomNumberGenerator.GetBytes(16);
        Send(SmpCode.PairingConfirm, PairingCrypto.F4(_keys.Point.X!, _peerX, _own, PasskeyBit));
        return PairingFailure.None;
    }

    private PairingFailure TakeRandom(byte[] value)
    {
        if (Terms.Passkey is not null
            && !(_confirm is { } confirm && PairingCrypto.F4(_peerX, _keys.Point.X!, value, PasskeyBit).AsSpan().SequenceEqual(confirm)))
        {
            return PairingFailure.ConfirmValueFailed;
        }

        (_peer, _confirm) = (value, null);
        _round++;
        Send(SmpCode.PairingRandom, _own);
        return PairingFailure.None;
    }

    private PairingFailure TakeCheck(byte[] value)
    {
        var (macKey, key) = PairingCrypto.F5(_secret!, _peer!, _own, Terms.InitiatorAddress, Terms.ResponderAddress);
        var expected = PairingCrypto.F6(
            macKey, _peer!, _own, Terms.PasskeyOctets, Capabilities(Terms.Request), Terms.InitiatorAddress, Terms.ResponderAddress);
        if (!expected.AsSpan().SequenceEqual(value))
        {
            return PairingFailure.DhKeyCheckFailed;
        }

        Key = key;
        Send(SmpCode.DhKeyCheck, PairingCrypto.F6(
            macKey, _own, _peer!, Terms.PasskeyOctets, Capabilities(Terms.Response), Terms.ResponderAddress, Terms.InitiatorAddress));
        return PairingFailure.None;
    }

    // The lowest bit first; 0x80 is set in all of them (2.3.5.6.3).
    private byte PasskeyBit => (byte)(0x80 | ((Terms.Passkey!.Value >> _round) & 1));

    // Code, input and output, out-of-band, authentication: the last three, turned.
    private static byte[] Capabilities(byte[] request) => PairingTerms.Turned(request.AsSpan(1, 3));
}
