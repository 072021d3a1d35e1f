using System.Text.Json;
using System.Text.Json.Nodes;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Pages;
using Telemed.Pages;

namespace Telemed.Cloud.Tests.Pages;

/// <summary>The server's words, held to the same examples as the script's (Client/test/readings.json).</summary>
public sealed class ReadingFaceTests
{
    private static readonly DateTimeOffset Ten = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly JsonArray Examples = JsonNode.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "src", "Telemed.Cloud", "Client", "test", "readings.json")))!.AsArray();

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var example in Examples)
        {
            cases.Add((string)example!["name"]!, "es-MX");
            cases.Add((string)example["name"]!, "en");
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_server_says_of_a_reading_what_the_script_says(string name, string language)
    {
        var example = Examples.Single(candidate => (string)candidate!["name"]! == name)!;
        var face = Read(example["reading"]!.AsObject()).FaceIn(Texts.For(language));
        var said = new
        {
            face.Main,
            face.Unit,
            Tone = face.Tone.ToString().ToLowerInvariant(),
            face.Reason,
            face.Details,
            face.Flags,
            face.Time,
        };
        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(said, JsonSerializerOptions.Web), example[language]).ShouldBeTrue(
            JsonSerializer.Serialize(said, JsonSerializerOptions.Web));
    }

    [Theory]
    [InlineData("0.285", "kg", "0.29")]
    [InlineData("-0.5", "mg/dL", "\u22121")]
    [InlineData("-0.4", "mg/dL", "0")]
    [InlineData("99.96", "Cel", "100.0")]
    [InlineData("97.00", "%", "97")]
    [InlineData("5.55", "mmol/L", "5.6")]
    public void Amounts_are_rounded_half_away_from_zero(string value, string unit, string shown) => Words.Amount(value, unit).ShouldBe(shown);

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(59.999, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(7500, "2 h 05 min")]
    [InlineData(187200, "2 d 4 h")]
    public void Durations_show_their_two_largest_parts(double seconds, string shown) =>
        Words.Duration(TimeSpan.FromSeconds(seconds), Texts.Spanish).ShouldBe(shown);

    [Fact]
    public void An_oximeters_value_is_old_after_ten_seconds_and_others_after_fifteen_minutes()
    {
        AgeOf("oxygenSaturation", 10).Stale.ShouldBeFalse();
        AgeOf("oxygenSaturation", 11).ShouldBe(new ReadingAge("hace 11 s", true));
        AgeOf("glucose", 900).Stale.ShouldBeFalse();
        AgeOf("glucose", 901).ShouldBe(new ReadingAge("hace 15 min", true));
    }

    [Fact]
    public void Without_a_time_of_measurement_only_the_arrival_is_told() =>
        ReadingAge.Of(Read([]) with { Effective = null, Arrival = Ten.AddMinutes(-3) }, Ten, Texts.Spanish).Text.ShouldBe("recibida hace 3 min");

    [Fact]
    public void Times_are_of_the_zone_with_the_date_only_when_it_is_another_day()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Hermosillo");
        Words.Clock(Ten, Ten, zone).ShouldBe("03:00:00");
        Words.Clock(Ten.AddHours(-4), Ten, zone).ShouldBe("21/11/2026 23:00");
        Words.Stopwatch(TimeSpan.FromSeconds(3753)).ShouldBe("1:02:33");
    }

    private static ReadingAge AgeOf(string vitalSign, int seconds) =>
        ReadingAge.Of(Read([]) with { VitalSign = vitalSign, Effective = Ten.AddSeconds(-seconds) }, Ten, Texts.Spanish);

    private static Reading Read(JsonObject said)
    {
        var whole = JsonNode.Parse("""
            {"position":1,"id":"0","vitalSign":"oxygenSaturation","values":[],"effective":"2026-11-22T10:00:00.000Z",
             "arrival":"2026-11-22T10:00:00.000Z","stored":"2026-11-22T10:00:00.000Z","method":"arrival","uncertaintyMs":0,"flags":[],"late":false,
             "device":"AABBCCDDEEFF","gateway":"gw"}
            """)!.AsObject();
        foreach (var (name, value) in said)
        {
            whole[name] = value?.DeepClone();
        }

        return whole.Deserialize<Reading>(CloudJson.Options)!;
    }
}
