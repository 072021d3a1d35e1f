using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>How far the pairing of a meter has come, in the order of its course; each asks something else of the person.</summary>
public enum PairingState
{
    /// <summary>Waiting for the meter to show itself: it has to be put into its pairing mode. Again when its link was lost in the exchange.</summary>
    Searching,

    /// <summary>Found; keys of an earlier pairing are removed at our side, so that both begin anew.</summary>
    Found,

    /// <summary>Exchanging keys; a question may be open.</summary>
    Pairing,

    /// <summary>Keys kept and the meter trusted, which proves nothing yet: it has to go off.</summary>
    Bonded,

    /// <summary>It went off; it has to come back by itself, with no pairing button pressed.</summary>
    Away,

    /// <summary>It came back and is being read.</summary>
    Reading,

    /// <summary>It was read after off and on: paired, and enrolled.</summary>
    Paired,

    /// <summary>Ended without that; see <see cref="PairingProgress.Failure"/>.</summary>
    Failed,
}

/// <summary>Why a pairing ended without a paired meter; closed, since each tells the person to do something else.</summary>
public enum PairingFailure
{
    /// <summary>A person cancelled it, or the gateway was stopped.</summary>
    Cancelled,

    /// <summary>The meter did not show itself within the limit.</summary>
    NotSeen,

    /// <summary>Several meters fit the filter and none may be guessed; see <see cref="PairingProgress.Candidates"/>.</summary>
    SeveralSeen,

    /// <summary>The person said no.</summary>
    RefusedByPerson,

    /// <summary>The question was not answered within its limit.</summary>
    AnswerLate,

    /// <summary>The code was typed or confirmed, and the meter did not accept it.</summary>
    WrongCode,

    /// <summary>The meter refused, without a question: it is not in its pairing mode, or pairs with nobody.</summary>
    MeterRefused,

    /// <summary>The meter went away or fell silent while keys were exchanged.</summary>
    MeterLost,

    /// <summary>The radio went away.</summary>
    RadioLost,

    /// <summary>The meter was never off, so that nothing could be proved.</summary>
    NotSwitchedOff,

    /// <summary>It did not come back, or could not be read, within the limit.</summary>
    NotReadAgain,

    /// <summary>It came back and knew our keys no more.</summary>
    KeysNotKept,

    /// <summary>It is of a kind that cannot be read here, or came back and has no service that this gateway reads.</summary>
    NothingKnown,

    /// <summary>A defect of ours; the log has it.</summary>
    Broken,
}

/// <summary>
/// What a person wants paired: the meter with this address, or, when <paramref name="Device"/> is null, the only one that is not
/// enrolled yet and whose advertised name begins with <paramref name="Name"/>, in either case of letters; or, when that is null too, the
/// only one that advertises a service which is read here. <paramref name="Label"/> null: what the meter calls itself.
/// </summary>
public sealed record PairingWish(DeviceId? Device, string? Name, string? Label, string Station);

/// <summary>
/// A pairing as it stands. <paramref name="Device"/> is null until it is known; <paramref name="Since"/> is when
/// <paramref name="State"/> was reached; <paramref name="Candidates"/> are the meters that fit the wish.
/// </summary>
public sealed record PairingProgress(
    PairingWish Wish, PairingState State, DateTimeOffset Since, DeviceId? Device, ImmutableArray<DeviceId> Candidates, PairingFailure? Failure);

/// <summary>What the Bluetooth stack wants to know from a person (org.bluez.Agent1).</summary>
public enum PairingQuestionKind
{
    /// <summary>Whether the meter may be paired at all; there is no code (Just Works).</summary>
    Authorize,

    /// <summary>The six digits on the meter's screen.</summary>
    EnterPasskey,

    /// <summary>Whether the meter shows these six digits (numeric comparison).</summary>
    ComparePasskey,

    /// <summary>The PIN of an old device: 1 to 16 characters.</summary>
    EnterPin,

    /// <summary>No question: these digits have to be typed on the meter.</summary>
    ShowCode,
}

/// <summary>An open question about a meter; <paramref name="Code"/> is what to show, if anything, <paramref name="Until"/> its time limit.</summary>
public sealed record PairingQuestion(DeviceId Device, PairingQuestionKind Kind, string? Code, DateTimeOffset Until);

/// <summary>A person's answer; <paramref name="Code"/> only where one was asked for.</summary>
public sealed record PairingAnswer(bool Accepted, string? Code);

/// <summary>Where the Bluetooth stack's questions are put before a person.</summary>
public interface IPairingPrompt
{
    /// <summary>
    /// Asks, and waits for the answer up to a limit. Null rejects: nobody chose this device, the person said no, or the answer
    /// was late or wanted no more (<paramref name="cancelled"/>).
    /// </summary>
    Task<PairingAnswer?> AskAsync(DeviceId device, PairingQuestionKind kind, string? code, CancellationToken cancelled);

    /// <summary>Shows a code that has to be typed on the meter. False when nobody chose this device.</summary>
    bool Show(DeviceId device, string code);
}
