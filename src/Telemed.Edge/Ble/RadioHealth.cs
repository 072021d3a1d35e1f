using System.Collections.Immutable;

namespace Telemed.Edge.Ble;

/// <summary>What keeps the radio from reading meters.</summary>
public enum RadioTrouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bus cannot be reached.</summary>
    NoBus,

    /// <summary>No Bluetooth service on the bus.</summary>
    NoService,

    /// <summary>The service has no such adapter: not there, or unplugged.</summary>
    NoAdapter,

    /// <summary>The adapter is off and does not come on: blocked (rfkill), or switching for ever.</summary>
    NoPower,

    /// <summary>A scan is wanted and none runs.</summary>
    NoScan,

    /// <summary>The service leaves calls unanswered.</summary>
    NoAnswer,
}

/// <summary>What is done against a trouble that does not pass by itself, from gentle to rough.</summary>
public enum HealingStep
{
    /// <summary>Attempts to connect are given up; they may be what blocks the adapter.</summary>
    CancelAttempts,

    /// <summary>The scan is stopped, so that it begins anew.</summary>
    RestartScan,

    /// <summary>The adapter is switched off, so that it is switched on anew.</summary>
    PowerCycle,

    /// <summary>The bus is asked to start the Bluetooth service, which everybody may: at once when it is gone.</summary>
    StartService,

    /// <summary>The Bluetooth service is restarted, where the settings allow it.</summary>
    RestartService,

    /// <summary>Nothing is left to do but to say that a person has to look.</summary>
    AskForHelp,
}

/// <summary>How the radio does in one word.</summary>
public enum RadioCondition
{
    /// <summary>It scans, or nobody wants it to.</summary>
    Healthy,

    /// <summary>Something is wrong and is being healed.</summary>
    Healing,

    /// <summary>Every step was made in vain; they are made again from time to time.</summary>
    NeedsHelp,
}

/// <summary>
/// The radio's health, for people. <paramref name="Since"/>: when the condition began; <paramref name="Trouble"/>: what is wrong now;
/// <paramref name="LastStep"/> and <paramref name="Steps"/>: what was done since this process began, and how often.
/// </summary>
public sealed record RadioHealth(
    RadioCondition Condition, DateTimeOffset Since, RadioTrouble Trouble, HealingStep? LastStep, DateTimeOffset? LastStepAt,
    ImmutableSortedDictionary<HealingStep, int> Steps);
