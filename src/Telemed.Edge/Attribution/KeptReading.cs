using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Attribution;

/// <summary>Whose a reading is held to be. A number on disk: never changed.</summary>
public enum ReadingState
{
    /// <summary>Decided when it was taken: a session's or a personal device's patient.</summary>
    Attributed = 1,

    /// <summary>Nobody's: it waits for a person.</summary>
    Waiting = 2,

    /// <summary>A nurse said whose it is.</summary>
    Assigned = 3,

    /// <summary>A nurse said that it is no patient's of this unit.</summary>
    NotAPatients = 4,
}

/// <summary>Whose a reading was or became: the state with the patient and session it names, null where it names none.</summary>
public readonly record struct Holder(ReadingState State, PatientId? Patient, PatientSessionId? Session);

/// <summary>What a nurse did to a reading; <paramref name="Reason"/> is a code, <paramref name="Note"/> her own words or empty.</summary>
public sealed record ReadingAct(GatewayMoment At, string Nurse, Holder Before, Holder After, WorklistReason Reason, string Note);

/// <summary>
/// A reading as people at the unit see it: the observation as it was taken, which never changes, and whose it is now. Kept here for some
/// days for the page, and as long as it waits for a person.
/// </summary>
public sealed record KeptReading
{
    /// <summary>As frozen when it was taken.</summary>
    public required Observation Observation { get; init; }

    /// <summary>When it arrived, and how long before that it was measured.</summary>
    public required Measured When { get; init; }

    /// <summary>What became known later of when it was measured; null: nothing.</summary>
    public TimeStamped? Retimed { get; init; }

    /// <summary>When it was measured, as far as is known now.</summary>
    public TimeStamped Time => Retimed ?? Observation.Time;

    /// <summary>The station the meter stood in; empty when it was not enrolled.</summary>
    public required string Station { get; init; }

    /// <summary>What the meter was called.</summary>
    public required string DeviceLabel { get; init; }

    /// <summary>One of an unbroken run of values, a second apart, of a sensor that stays on; null: a measurement of its own.</summary>
    public Guid? Run { get; init; }

    /// <summary>Whose it is now.</summary>
    public required Holder Holder { get; init; }

    /// <summary>What was done to it, oldest first.</summary>
    public ImmutableArray<ReadingAct> Acts { get; init; } = [];

    /// <summary>Its identity everywhere.</summary>
    public ObservationId Id => Observation.Id;

    /// <summary>Equal when every field is, acts one by one.</summary>
    public bool Equals(KeptReading? other) =>
        other is not null && Observation == other.Observation && When == other.When && Retimed == other.Retimed && Station == other.Station && DeviceLabel == other.DeviceLabel
        && Run == other.Run && Holder == other.Holder && Acts.SequenceEqual(other.Acts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Observation, Holder, Acts.Length);

    /// <summary>The kind of these documents in the outbox's file.</summary>
    internal const byte DocumentKind = 1;

    /// <summary>As the outbox keeps it.</summary>
    internal KeptDocument ToDocument() => new(DocumentKind, Id.Value, JsonSerializer.SerializeToUtf8Bytes(
        new KeptReadingDocument(
            ObservationBatchCodec.Encode(Observation.Capture.OutboxEpoch, [BatchEntry.Of(0, Observation)]),
            When, Retimed, Station, DeviceLabel, Run, Holder, Acts),
        KeptReadingJson.Default.KeptReadingDocument));

    /// <summary>Read back; null when it is not one that this version can read.</summary>
    internal static KeptReading? From(GatewayId gateway, byte[] payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, KeptReadingJson.Default.KeptReadingDocument) is { } document
                && ObservationBatchCodec.Decode(gateway, document.Entry).Entries is [{ Observation: { } observation }]
                ? new KeptReading
                {
                    Observation = observation,
                    When = document.When,
                    Retimed = document.Retimed,
                    Station = document.Station,
                    DeviceLabel = document.DeviceLabel,
                    Run = document.Run,
                    Holder = document.Holder,
                    Acts = document.Acts,
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The form on the disk.</summary>
internal sealed record KeptReadingDocument(
    byte[] Entry, Measured When, TimeStamped? Retimed, string Station, string DeviceLabel, Guid? Run, Holder Holder, ImmutableArray<ReadingAct> Acts);

/// <summary>Its serialiser, made when the program is built.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptReadingDocument))]
internal sealed partial class KeptReadingJson : JsonSerializerContext;
