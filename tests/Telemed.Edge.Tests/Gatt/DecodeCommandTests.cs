using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Telemed.Edge.Gatt;
using Telemed.Edge.Quirks;

namespace Telemed.Edge.Tests.Gatt;

public sealed class DecodeCommandTests
{
    public static TheoryData<string, string> Vectors()
    {
        var data = new TheoryData<string, string>();
        foreach (var vector in GattVector.All())
        {
            data.Add(vector.Characteristic, vector.Name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_vector_decodes_to_what_it_says(string characteristic, string name)
    {
        var vector = GattVector.All().Single(v => v.Characteristic == characteristic && v.Name == name);

        var answer = Answers($"{vector.Characteristic} {(vector.Hex.Length == 0 ? "-" : vector.Hex)}").ShouldHaveSingleItem();

        var expected = vector.Expect.DeepClone().AsObject();
        expected["characteristic"] = vector.Characteristic;
        JsonNode.DeepEquals(answer, expected).ShouldBeTrue($"expected {expected.ToJsonString()}\nbut was  {answer.ToJsonString()}");
    }

    [Fact]
    public void Every_decoder_has_vectors_of_both_outcomes_where_it_can_refuse()
    {
        string[] neverRefuse = ["2A24", "2A25", "2A26", "2A27", "2A28", "2A29", "2A2A"];
        foreach (var characteristic in GattDecoders.All.Keys.Select(uuid => uuid.ToString("X4", CultureInfo.InvariantCulture)))
        {
            var vectors = GattVector.All().Where(v => v.Characteristic == characteristic).ToList();
            vectors.ShouldContain(v => v.IsDecoded, characteristic);
            if (!neverRefuse.Contains(characteristic))
            {
                vectors.ShouldContain(v => !v.IsDecoded, characteristic);
            }
        }
    }

    [Theory]
    [InlineData("2A19 64")]
    [InlineData("2a19 64")]
    [InlineData("0x2A19 64")]
    [InlineData("0X2a19\t64")]
    [InlineData("  2A19   64  ")]
    public void The_number_of_the_characteristic_may_be_written_in_every_usual_way(string line) =>
        ((string?)Answers(line).Single()["measurement"]!["batteryLevel"]!["value"]).ShouldBe("100");

    [Theory]
    [InlineData("2A08 E2070411 0F3300")]
    [InlineData("2A08 e2:07:04:11:0f:33:00")]
    [InlineData("2A08 E2-07-04-11-0F-33-00")]
    [InlineData("2A08 E2 07 04 11 0F 33 00")]
    [InlineData("2A08 E2  07 04\t11 0F 33 00")]
    public void Octets_may_stand_apart(string line) =>
        ((string?)Answers(line).Single()["measurement"]!["dateTime"]).ShouldBe("2018-04-17T15:51:00");

    [Theory]
    [InlineData("2A19 6", "not-hex")]
    [InlineData("2A19 6 4", "not-hex")]
    [InlineData("2A19 6G", "not-hex")]
    [InlineData("2A19 :64", "not-hex")]
    [InlineData("2A19 64:", "not-hex")]
    [InlineData("2A19 +1", "not-hex")]
    [InlineData("2A19 --", "not-hex")]
    [InlineData("2A99 64", "unknown-characteristic")]
    [InlineData("2A19 -", "too-short")]
    public void A_line_that_cannot_be_decoded_says_why(string line, string reason)
    {
        var answer = Answers(line).Single();
        ((string?)answer["outcome"]).ShouldBe("rejected");
        ((string?)answer["reason"]).ShouldBe(reason);
        ((string?)answer["characteristic"]).ShouldBe(line[..4]);
    }

    [Theory]
    [InlineData("2A19")]
    [InlineData("hello world")]
    [InlineData("2A1 64")]
    [InlineData("02A19 64")]
    [InlineData("0x 64")]
    [InlineData("{\"characteristic\":\"2A19\"}")]
    public void A_line_that_names_no_characteristic_is_a_bad_line(string line) =>
        Answers(line).Single().ToJsonString().ShouldBe("""{"outcome":"rejected","reason":"bad-line"}""");

    [Fact]
    public void Blank_lines_and_comments_are_skipped_and_bad_lines_stop_nothing()
    {
        var answers = Answers("# a comment\n\n   \nnonsense\n2A19 64\r\n  # another\n2A19 zz\n2A19 0F");

        answers.Select(a => (string?)a["outcome"]).ShouldBe(["rejected", "decoded", "rejected", "decoded"]);
    }

    [Fact]
    public void Every_answer_is_flushed_before_the_next_line_is_read()
    {
        var output = new CountingWriter();
        var input = new AskingReader(["2A19 64", "2A19 0F"], () => output.Flushes);

        DecodeCommand.Run([], input, output, TextWriter.Null).ShouldBe(0);

        input.FlushesSeen.ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task The_program_answers_each_line_before_its_input_ends()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Telemed.Edge.dll"), "decode"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var program = Process.Start(start)!;

        foreach (var (line, outcome) in new[] { ("2A19 64", "decoded"), ("2A35 01", "rejected"), ("nonsense", "rejected") })
        {
            await program.StandardInput.WriteLineAsync(line);
            await program.StandardInput.FlushAsync();
            var answer = await program.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            ((string?)JsonNode.Parse(answer!)!["outcome"]).ShouldBe(outcome);
        }

        program.StandardInput.Close();
        await program.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        program.ExitCode.ShouldBe(0);
    }

    private static List<JsonObject> Answers(string lines)
    {
        var output = new StringWriter();
        DecodeCommand.Run([], new StringReader(lines), output, TextWriter.Null).ShouldBe(0);
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private sealed class CountingWriter : StringWriter
    {
        public int Flushes { get; private set; }

        public override void Flush() => Flushes++;
    }

    private sealed class AskingReader(IEnumerable<string> lines, Func<int> flushes) : TextReader
    {
        private readonly Queue<string> _lines = new(lines);

        public List<int> FlushesSeen { get; } = [];

        public override string? ReadLine()
        {
            FlushesSeen.Add(flushes());
            return _lines.TryDequeue(out var line) ? line : null;
        }
    }
}
