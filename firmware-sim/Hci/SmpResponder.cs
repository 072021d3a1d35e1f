using System.Security.Cryptography;
using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// The security manager of one link, responder side (Core Specification 5.3, Vol 3 Part H): pairs as the meter demands and as
/// far as both sides can, gives the central its key for later links, and keeps that key in the ledger.
/// </summary>
internal sealed class SmpResponder(World world, Meter meter, HciConnection connection, Action<byte[]> send)
{
    private const byte DisplayOnly = 0;
    private const byte KeyboardOnly = 2;
    private const byte NoInputNoOutput = 3;
    private const byte KeyboardDisplay = 4;
    private const byte BondingBit = 0x01;
    private const byte ProtectionBit = 0x04;
    private const byte SecureBit = 0x08;
    private const byte EncryptionKeyBit = 0x01;
    private const byte KeySize = 16;

    private Pairing? _pairing;
    private bool _bonding;
    private bool _distributes;

    /// <summary>This meter has a key for this central.</summary>
    public bool HasKeys => meter.Memory is { HasKey: true, Bond: { Key: not null } bond } && bond.Central == Peer;

    private string Peer => string.Join(':', PairingTerms.Turned(connection.Peer).Select(o => o.ToString("X2", null)));

    /// <summary>Takes a command from the central.</summary>
    public void Take(byte[] pdu)
    {
        if (pdu is not [var code, .. var parameters])
        {
            return;
        }

        switch (code)
        {
            case SmpCode.PairingRequest when pdu.Length == 7:
                Begin(pdu);
                break;
            case SmpCode.PairingFailed:
                End();
                break;
            case SmpCode.PairingConfirm or SmpCode.PairingRandom or SmpCode.PairingPublicKey or SmpCode.DhKeyCheck:
                var length = code == SmpCode.PairingPublicKey ? 64 : 16;
                Fail(parameters.Length != length ? PairingFailure.InvalidParameters
                    : _pairing?.Take(code, PairingTerms.Turned(parameters)) ?? PairingFailure.None);
                break;
            default:
                Fail(PairingFailure.CommandNotSupported);
                break;
        }
    }

    /// <summary>
    /// The key that the central asks for, in the order of the air: that of the pairing under way, or the one kept. Null when
    /// there is none such: the meter has forgotten the central.
    /// </summary>
    public byte[]? KeyFor(byte[] random, ushort diversifier)
    {
        var key = _pairing?.Key is { } agreed && diversifier == 0 && random.All(o => o == 0) ? agreed
            : HasKeys && meter.Memory.Bond!.KeyId == KeyId(random, diversifier) ? Convert.FromHexString(meter.Memory.Bond.Key!) : null;
        return key is null ? null : PairingTerms.Turned(key);
    }

    /// <summary>The link is encrypted: a pairing under way ends with its keys.</summary>
    public void Encrypted()
    {
        if (_pairing is not { Key: { } key } pairing)
        {
            return;
        }

        byte[] random = new byte[8];
        ushort diversifier = 0;
        if (!pairing.KeyStays && _distributes)
        {
            key = RandomNumberGenerator.GetBytes(KeySize);
            random = RandomNumberGenerator.GetBytes(8);
            diversifier = (ushort)RandomNumberGenerator.GetInt32(1, 0x10000);
            send([SmpCode.EncryptionInformation, .. PairingTerms.Turned(key)]);
            send([SmpCode.CentralIdentification, (byte)diversifier, (byte)(diversifier >> 8), .. random]);
        }

        if (_bonding && (pairing.KeyStays || _distributes))
        {
            world.Ledger.Append(new LedgerLine
            {
                Event = LedgerEvent.Bonded,
                Meter = meter.Spec.Address,
                Time = world.Now,
                Central = Peer,
                Key = Convert.ToHexStringLower(key),
                KeyId = KeyId(random, diversifier),
            });
        }

        End();
    }

    /// <summary>The link has ended, or the pairing.</summary>
    public void End()
    {
        _pairing = null;
        meter.Display = null;
    }

    private void Begin(byte[] request)
    {
        End();
        var shows = meter.Spec.Security == LinkSecurity.Passkey;
        var secure = meter.Spec.SecureConnections && (request[3] & SecureBit) != 0;
        var failure = request[4] < KeySize ? PairingFailure.EncryptionKeySize
            : shows && request[1] is not (KeyboardOnly or KeyboardDisplay) ? PairingFailure.AuthenticationRequirements
            : PairingFailure.None;
        if (failure != PairingFailure.None)
        {
            Fail(failure);
            return;
        }

        _bonding = (request[3] & 0x03) == BondingBit;
        _distributes = !secure && (request[6] & EncryptionKeyBit) != 0;
        var authentication = BondingBit | (shows ? ProtectionBit : 0) | (meter.Spec.SecureConnections ? SecureBit : 0);
        byte[] response =
        [
            SmpCode.PairingResponse, shows ? DisplayOnly : NoInputNoOutput, 0, (byte)authentication, KeySize, 0,
            (byte)(_distributes ? EncryptionKeyBit : 0),
        ];
        meter.Display = shows ? $"{meter.Spec.Passkey:d6}" : null;
        var terms = new PairingTerms(
            request, response, (byte)(connection.PeerType & 1), connection.Peer, HciPeripheral.AirAddress(meter.Spec.Address),
            shows ? meter.Spec.Passkey : null);
        _pairing = secure ? new SecurePairing(terms, send) : new LegacyPairing(terms, send);
        send(response);
    }

    private void Fail(PairingFailure failure)
    {
        if (failure != PairingFailure.None)
        {
            End();
            send([SmpCode.PairingFailed, (byte)failure]);
        }
    }

    private static string KeyId(byte[] random, ushort diversifier) =>
        Convert.ToHexStringLower([(byte)diversifier, (byte)(diversifier >> 8), .. random]);
}
