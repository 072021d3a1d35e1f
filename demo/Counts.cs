using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.Demo;

/// <summary>
/// What flows, counted at each joint. <paramref name="Measured"/>: by the meters' own ledger. <paramref name="Durable"/>: ever written to the
/// gateway's outbox. <paramref name="Waiting"/>: still in it. <paramref name="Stored"/>: by the cloud. These count values, of which a minute of an oximeter has
/// sixty; <paramref name="Readings"/>: of how many readings they are. <paramref name="Attached"/>, <paramref name="Duplicates"/>,
/// <paramref name="Refused"/>: by the cloud. <paramref name="InTheAir"/>: handed to the radio in the moment before a kill of the gateway and
/// taken by nobody: no promise covers it, and nothing else may be missing.
/// </summary>
internal sealed record Counts(
    long Measured, long Durable, long Waiting, long Stored, long Readings, long Attached, long Duplicates, long Refused, long InTheAir, string Link)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <summary>Everything measured is stored once, and nothing is refused or still on its way.</summary>
    public bool Agree => Measured == Durable + InTheAir && Durable == Stored && Waiting == 0 && Refused == 0 && Measured > 0;

    /// <summary>One line.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new { Measured, Durable, Waiting, Stored, Readings, Attached, Duplicates, Refused, InTheAir, Agree }, Json);
}
