using System.Security.Cryptography;

namespace Telemed.FirmwareSim.Hci;

/// <summary>LE legacy pairing (Core Specification 5.3, Vol 3 Part H 2.3.5.2 to 2.3.5.5): with digits or, as Just Works, with 0.</summary>
internal sealed class LegacyPairing(PairingTerms terms, Action<byte[]> send) : Pairing(terms, send)
{
    private readonly byte[] _own = RandomNumberGenerator.GetBytes(16);
    private byte[]? _confirm;

    public override bool KeyStays => false;

    public override PairingFailure Take(byte code, byte[] value)
    {
        switch (code)
        {
            case SmpCode.PairingConfirm when _confirm is null:
                _confirm = value;
                Send(SmpCode.PairingConfirm, ConfirmOf(_own));
                return PairingFailure.None;
            case SmpCode.PairingRandom when _confirm is not null && Key is null:
                if (!ConfirmOf(value).AsSpan().SequenceEqual(_confirm))
                {
                    return PairingFailure.ConfirmValueFailed;
                }

                Key = PairingCrypto.S1(Terms.PasskeyOctets, _own, value);
                Send(SmpCode.PairingRandom, _own);
                return PairingFailure.None;
            default:
                return PairingFailure.CommandNotSupported;
        }
    }

    private byte[] ConfirmOf(byte[] random) => PairingCrypto.C1(
        Terms.PasskeyOctets, random, PairingTerms.Turned(Terms.Request), PairingTerms.Turned(Terms.Response),
        Terms.InitiatorAddress[0], Terms.InitiatorAddress[1..], Terms.ResponderAddress[0], Terms.ResponderAddress[1..]);
}
