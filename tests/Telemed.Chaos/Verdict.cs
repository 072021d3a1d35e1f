using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.Chaos;

/// <summary>What became of everything that the meters' ledger knows. Sums of rounds add up.</summary>
internal sealed record Verdict
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <summary>SIGKILLs by what was killed and where: "box outbox.commit", "cloud random" …</summary>
    public SortedDictionary<string, int> Kills { get; init; } = [];

    /// <summary>Readings in the ledger.</summary>
    public int Measured { get; init; }

    /// <summary>Of which the gateway's process has said that they are durable.</summary>
    public int Durable { get; init; }

    /// <summary>In the cloud's record, each once.</summary>
    public int Stored { get; init; }

    /// <summary>Promised and not in the record: said to be durable, or still in the memory of a meter that keeps its records.</summary>
    public int Lost { get; init; }

    /// <summary>In the record more than once.</summary>
    public int Doubled { get; init; }

    /// <summary>In the record, and nobody measured them.</summary>
    public int Invented { get; init; }

    /// <summary>On somebody who did not sit there.</summary>
    public int Misattributed { get; init; }

    /// <summary>With a time further from the truth than they say.</summary>
    public int FalseTime { get; init; }

    /// <summary>Nobody's in the record, and not in the gateway's worklist; or there and not so in the record.</summary>
    public int Hidden { get; init; }

    /// <summary>In flight to a process that died before it said that they are durable, of meters that delete what they have handed over: not promised, and gone.</summary>
    public int LostInFlightDeleted { get; init; }

    /// <summary>The same of meters that keep nothing.</summary>
    public int LostInFlightLive { get; init; }

    /// <summary>How long before the death the earliest of these was handed to the radio.</summary>
    public TimeSpan LongestInFlight { get; init; }

    /// <summary>Of the meters that keep nothing or delete: the gateway has said that its full disk did not take them.</summary>
    public int RefusedByFullDisk { get; init; }

    /// <summary>On the person who sat there.</summary>
    public int Attributed { get; init; }

    /// <summary>In a worklist.</summary>
    public int InWorklists { get; init; }

    /// <summary>Glucose readings that are in the record without the context (the meal) that the meter sent behind them: the gateway died in between.</summary>
    public int WithoutContext { get; init; }

    /// <summary>Frames that say no reading and are kept with their reason, such as a context whose measurement went without it.</summary>
    public int SetAsideFrames { get; init; }

    /// <summary>Readings set aside by gateway or cloud.</summary>
    public int SetAside { get; init; }

    /// <summary>With a time of measurement.</summary>
    public int Dated { get; init; }

    /// <summary>Processes that ended by themselves.</summary>
    public int Fell { get; init; }

    /// <summary>The first few findings. Invented persons only.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>What was promised holds.</summary>
    public bool IsGood => (Lost, Doubled, Invented, Misattributed, FalseTime, Hidden, SetAside) == (0, 0, 0, 0, 0, 0, 0) && Findings.Count == 0;

    /// <summary>All SIGKILLs.</summary>
    public int KillCount => Kills.Values.Sum();

    /// <summary>Of these with the whole stack.</summary>
    public int StackKills => Kills.Where(kill => kill.Key.StartsWith("stack ", StringComparison.Ordinal)).Sum(kill => kill.Value);

    /// <summary>Of these power cuts with a rebuilt disk.</summary>
    public int PowerCuts => Kills.Where(kill => kill.Key.EndsWith("+power", StringComparison.Ordinal)).Sum(kill => kill.Value);

    public static Verdict operator +(Verdict one, Verdict other)
    {
        var kills = new SortedDictionary<string, int>(one.Kills);
        foreach (var (kill, count) in other.Kills)
        {
            kills[kill] = kills.GetValueOrDefault(kill) + count;
        }

        return new Verdict
        {
            Kills = kills,
            Measured = one.Measured + other.Measured,
            Durable = one.Durable + other.Durable,
            Stored = one.Stored + other.Stored,
            Lost = one.Lost + other.Lost,
            Doubled = one.Doubled + other.Doubled,
            Invented = one.Invented + other.Invented,
            Misattributed = one.Misattributed + other.Misattributed,
            FalseTime = one.FalseTime + other.FalseTime,
            Hidden = one.Hidden + other.Hidden,
            LostInFlightDeleted = one.LostInFlightDeleted + other.LostInFlightDeleted,
            LostInFlightLive = one.LostInFlightLive + other.LostInFlightLive,
            LongestInFlight = one.LongestInFlight > other.LongestInFlight ? one.LongestInFlight : other.LongestInFlight,
            RefusedByFullDisk = one.RefusedByFullDisk + other.RefusedByFullDisk,
            Attributed = one.Attributed + other.Attributed,
            InWorklists = one.InWorklists + other.InWorklists,
            WithoutContext = one.WithoutContext + other.WithoutContext,
            SetAsideFrames = one.SetAsideFrames + other.SetAsideFrames,
            SetAside = one.SetAside + other.SetAside,
            Dated = one.Dated + other.Dated,
            Fell = one.Fell + other.Fell,
            Findings = [.. one.Findings.Concat(other.Findings).Take(20)],
        };
    }

    /// <summary>For people: one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsGood ? "HOLDS" : "FAILS")}: {KillCount} kills ({StackKills} of the whole stack, {PowerCuts} power cuts), {Measured} measured, {Durable} told durable, {Stored} stored: "
        + $"lost {Lost}, doubled {Doubled}, invented {Invented}, misattributed {Misattributed}, false time {FalseTime}, hidden {Hidden}; {Attributed} attributed, "
        + $"{InWorklists} in worklists, {SetAside} set aside (and {SetAsideFrames} frames), {Dated} dated; in flight and gone: {LostInFlightDeleted} of meters that delete, {LostInFlightLive} of meters that keep nothing, the longest {LongestInFlight.TotalSeconds:0.0} s; "
        + $"{RefusedByFullDisk} refused by a full disk; {WithoutContext} glucose readings without their meal");

    /// <summary>For programs: one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static Verdict FromJson(string json) => JsonSerializer.Deserialize<Verdict>(json, Json) ?? throw new InvalidDataException("A round's verdict is empty.");
}
