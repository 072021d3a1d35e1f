using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Tests;

/// <summary>
/// docs/wire.md against the code. The octets in it don't come from the codec: they were made from the JSON beside them by a separate
/// Python program that writes protobuf, columns and ids from the page's words alone (varints by hand, hashlib for the ids). So a codec
/// that reads and writes the same mistake fails here.
/// </summary>
public sealed partial class WireExamplesTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "wire.md"));

    [Theory]
    [InlineData("one-reading", 1)]
    [InlineData("holders", 7)]
    [InlineData("columns", 3)]
    [InlineData("acts", 4)]
    [InlineData("live", 1)]
    [InlineData("series", 1)]
    public void A_batch_of_the_page_means_what_the_page_says_and_is_written_as_it_stands_there(string name, int entries)
    {
        var (octets, meaning) = Example(name);
        var gateway = new GatewayId(meaning["gateway"]!.GetValue<string>());

        var decoding = ObservationBatchCodec.Decode(gateway, octets);

        decoding.Failure.ShouldBeNull();
        decoding.HasUnknownFields.ShouldBeFalse();
        decoding.Entries.Length.ShouldBe(entries);
        ShouldMean(meaning, MeaningOf(gateway, ObservationBatchCodec.Version, decoding));
        Convert.ToHexStringLower(ObservationBatchCodec.Encode(decoding.OutboxEpoch, decoding.Entries)).ShouldBe(Convert.ToHexStringLower(octets));
    }

    [Fact]
    public void A_batch_of_the_version_before_means_what_the_page_says_and_goes_on_in_the_present_one()
    {
        var (octets, meaning) = Example("version-before");
        var gateway = new GatewayId(meaning["gateway"]!.GetValue<string>());

        var decoding = ObservationBatchCodec.Decode(gateway, octets);

        decoding.Failure.ShouldBeNull();
        decoding.HasUnknownFields.ShouldBeFalse();
        ShouldMean(meaning, MeaningOf(gateway, ObservationBatchCodec.VersionBefore, decoding));
        var anew = ObservationBatchCodec.Decode(gateway, ObservationBatchCodec.Encode(decoding.OutboxEpoch, decoding.Entries));
        ShouldMean(meaning, MeaningOf(gateway, ObservationBatchCodec.VersionBefore, anew));
    }

    [Theory]
    [InlineData("receipt")]
    [InlineData("answer")]
    public void A_receipt_of_the_page_means_what_the_page_says_and_is_written_as_it_stands_there(string name)
    {
        var (octets, meaning) = Example(name);

        BatchReceipt.TryDecode(octets, out var receipt, out _).ShouldBeTrue();

        ShouldMean(meaning, new JsonObject
        {
            ["gateway"] = "gw-sierra-1",
            ["version"] = BatchReceipt.Version,
            ["outboxEpoch"] = EpochText(receipt!.OutboxEpoch),
            ["stored"] = new JsonArray([.. receipt.Stored.Select(range => new JsonArray(range.First, range.Last))]),
            ["refused"] = new JsonArray([.. receipt.Refused.Select(entry => new JsonObject { ["sequence"] = entry.Sequence, ["reason"] = entry.Reason })]),
            ["at"] = receipt.At is { } at ? InstantText(at) : null,
            ["probe"] = EpochText(receipt.Probe),
        });
        Convert.ToHexStringLower(receipt.Encode()).ShouldBe(Convert.ToHexStringLower(octets));
    }

    [Fact]
    public void The_status_of_the_page_means_what_the_page_says()
    {
        var (octets, meaning) = Example("status");
        var status = GatewayStatus.Parser.ParseFrom(octets);
        ShouldMean(meaning, new JsonObject
        {
            ["gateway"] = "gw-sierra-1",
            ["version"] = status.Version,
            ["online"] = status.Online,
            ["at"] = InstantText(DateTimeOffset.FromUnixTimeMilliseconds(status.At)),
            ["outboxEpoch"] = EpochText(status.OutboxEpoch),
            ["waiting"] = status.Waiting,
            ["oldestWaiting"] = InstantText(DateTimeOffset.FromUnixTimeMilliseconds(status.OldestWaiting)),
            ["software"] = status.Software,
            ["rosterRevision"] = status.RosterRevision,
            ["probe"] = EpochText(status.Probe),
        });
        Convert.ToHexStringLower(GatewayReport.TryDecode(octets)!.Encode()).ShouldBe(Convert.ToHexStringLower(octets));
    }

    [Fact]
    public void The_roster_of_the_page_means_what_the_page_says_and_is_written_as_it_stands_there()
    {
        var (octets, meaning) = Example("roster");

        CommandCodec.TryDecode(octets, out var command, out _).ShouldBeTrue();

        var roster = command.ShouldBeOfType<UnitRoster>();
        ShouldMean(meaning, new JsonObject
        {
            ["gateway"] = "gw-sierra-1",
            ["version"] = CommandCodec.Version,
            ["roster"] = MeaningOf(roster),
        });
        Convert.ToHexStringLower(CommandCodec.Encode(roster)).ShouldBe(Convert.ToHexStringLower(octets));
        PinVerifier.IsRight(roster.Nurses[0].PinVerifier, "2580").ShouldBeTrue();
        PinVerifier.IsRight(roster.Nurses[0].PinVerifier, "2581").ShouldBeFalse();
    }

    [Fact]
    public void The_watch_of_the_page_means_what_the_page_says_and_is_written_as_it_stands_there()
    {
        var (octets, meaning) = Example("watch");

        CommandCodec.TryDecode(octets, out var command, out _).ShouldBeTrue();

        var watch = command.ShouldBeOfType<LiveWatch>();
        ShouldMean(meaning, new JsonObject
        {
            ["gateway"] = "gw-sierra-1",
            ["version"] = CommandCodec.Version,
            ["watch"] = new JsonObject
            {
                ["seconds"] = (int)watch.Lease.TotalSeconds,
                ["patients"] = new JsonArray([.. watch.Patients.Select(patient => (JsonNode)patient.ToString())]),
            },
        });
        Convert.ToHexStringLower(CommandCodec.Encode(watch)).ShouldBe(Convert.ToHexStringLower(octets));
    }

    [Fact]
    public void The_tables_of_the_page_are_those_of_the_code()
    {
        var signs = VitalSign.All.SelectMany(sign => sign.Parts, (sign, part) =>
            FormattableString.Invariant($"| {sign.Number} | `{sign.Name}` | `{part.Name}` | {part.Loinc} | {part.Mdc} | `{part.Unit}` |"));
        Table("Vital signs").ShouldBe(signs);
        Enumerable.Range(1, Table("Units").Length).Select(number => Units.TryGet(number, out var unit) ? $"| {number} | `{unit}` |" : "")
            .ShouldBe(Table("Units"));
        Units.TryGet(Table("Units").Length + 1, out _).ShouldBeFalse();
        Table("Flags").ShouldBe(Enum.GetValues<ObservationFlags>().Where(flag => flag != ObservationFlags.None).Select(flag =>
            $"| {System.Numerics.BitOperations.Log2((ulong)flag)} | `{JsonNamingPolicy.CamelCase.ConvertName(flag.ToString())}` |"));
    }

    private static JsonObject MeaningOf(GatewayId gateway, uint version, BatchDecoding decoding) => new()
    {
        ["gateway"] = gateway.Value,
        ["version"] = version,
        ["outboxEpoch"] = EpochText(decoding.OutboxEpoch),
        ["entries"] = new JsonArray([.. decoding.Entries.Select(MeaningOf)]),
    };

    private static JsonObject MeaningOf(BatchEntry entry) => entry switch
    {
        { Observation: { Series: { } series } whole } => With(MeaningOf(entry.Sequence, whole), ("samples", new JsonArray([.. series.Samples.Select(sample => MeaningOf(whole.VitalSign, sample))]))),
        { Observation: { } observation } => MeaningOf(entry.Sequence, observation),
        { Quarantined: { } frame } => MeaningOf(entry.Sequence, frame),
        _ => MeaningOf(entry.Sequence, entry.Act!),
    };

    private static JsonObject MeaningOf(ulong sequence, Observation observation) => new()
    {
        ["sequence"] = sequence,
        ["id"] = observation.Id.ToString(),
        ["vitalSign"] = observation.VitalSign.Name,
        ["device"] = observation.Device.Value,
        ["capture"] = observation.Capture.Number,
        ["patient"] = observation.Patient?.ToString(),
        ["session"] = observation.Session?.ToString(),
        ["unassigned"] = observation.Unassigned == UnassignedReason.None ? null : Name(observation.Unassigned),
        ["deviceLocal"] = observation.Time.DeviceLocal?.ToString("s", CultureInfo.InvariantCulture),
        ["arrival"] = InstantText(observation.Time.Arrival),
        ["effective"] = observation.Time.Effective is { } effective ? InstantText(effective) : null,
        ["method"] = Name(observation.Time.Method),
        ["uncertaintyMs"] = (long)observation.Time.Uncertainty.TotalMilliseconds,
        ["values"] = new JsonArray([.. observation.VitalSign.Parts.Zip(observation.Values)
            .Where(pair => pair.Second is not null).Select(pair => MeaningOf(pair.First.Name, pair.Second!.Value))]),
        ["recordNumber"] = observation.RecordNumber,
        ["userSlot"] = observation.UserSlot,
        ["flags"] = (ulong)observation.Flags,
        ["glucose"] = observation.Glucose is { } glucose
            ? new JsonObject { ["sampleType"] = glucose.SampleType, ["sampleLocation"] = glucose.SampleLocation, ["meal"] = glucose.Meal }
            : null,
    };

    private static JsonObject MeaningOf(VitalSign sign, SeriesSample sample) => new()
    {
        ["capture"] = sample.Capture,
        ["afterMs"] = (long)sample.Offset.TotalMilliseconds,
        ["values"] = new JsonArray([.. sign.Parts.Zip(sample.Values).Where(pair => pair.Second is not null).Select(pair => MeaningOf(pair.First.Name, pair.Second!.Value))]),
        ["flags"] = (ulong)sample.Flags,
    };

    private static JsonObject MeaningOf(ulong sequence, QuarantinedReading frame) => new()
    {
        ["sequence"] = sequence,
        ["device"] = frame.Device.Value,
        ["capture"] = frame.Capture.Number,
        ["arrival"] = InstantText(frame.Arrival),
        ["characteristic"] = frame.Characteristic.ToString("x4", CultureInfo.InvariantCulture),
        ["octets"] = Convert.ToHexStringLower(frame.Value.AsSpan()),
        ["reason"] = frame.Reason,
    };

    private static JsonObject MeaningOf(ulong sequence, GatewayAct act)
    {
        var (name, said) = act switch
        {
            Amendment { Change: Assignment change } amendment => ("assignment", new JsonObject
            {
                ["observation"] = amendment.Observation.ToString(),
                ["patient"] = change.Patient?.ToString(),
                ["session"] = change.Session?.ToString(),
                ["unassigned"] = change.Unassigned == UnassignedReason.None ? null : Name(change.Unassigned),
                ["nurse"] = change.Nurse,
                ["reason"] = change.Reason,
                ["note"] = change.Note,
            }),
            Amendment { Change: Retiming change } amendment => ("retiming", new JsonObject
            {
                ["observation"] = amendment.Observation.ToString(),
                ["effective"] = change.Effective is { } effective ? InstantText(effective) : null,
                ["method"] = Name(change.Method),
                ["uncertaintyMs"] = (long)change.Uncertainty.TotalMilliseconds,
                ["arrival"] = InstantText(change.Arrival),
            }),
            ProvisionalPatient patient => ("provisionalPatient", With(MeaningOf(patient.Person), ("id", patient.Id.ToString()), ("nurse", patient.Nurse))),
            HelpCall call => ("helpCall", new JsonObject { ["id"] = call.Id.ToString("N"), ["station"] = call.Station }),
            _ => throw new InvalidOperationException("The page has no such act."),
        };
        return With(said, ("sequence", sequence), ("act", name), ("at", InstantText(act.At)));
    }

    private static JsonObject MeaningOf(UnitRoster roster) => new()
    {
        ["revision"] = roster.Revision,
        ["made"] = InstantText(roster.Made),
        ["clues"] = roster.Clues,
        ["unitName"] = roster.UnitName,
        ["timeZone"] = roster.TimeZone,
        ["stations"] = new JsonArray([.. roster.Stations.Select(station => new JsonObject { ["id"] = station.Id, ["name"] = station.Name })]),
        ["nurses"] = new JsonArray([.. roster.Nurses.Select(nurse => new JsonObject
        {
            ["account"] = nurse.Account,
            ["displayName"] = nurse.DisplayName,
            ["pinVerifier"] = nurse.PinVerifier,
        })]),
        ["patients"] = new JsonArray([.. roster.Patients.Select(patient => With(MeaningOf(patient.Person), ("id", patient.Id.ToString())))]),
        ["appointments"] = new JsonArray([.. roster.Appointments.Select(appointment => new JsonObject
        {
            ["teleconsult"] = appointment.Teleconsult.ToString("N"),
            ["patient"] = appointment.Patient.ToString(),
            ["scheduled"] = InstantText(appointment.Scheduled),
            ["kind"] = appointment.Kind,
        })]),
        ["personalDevices"] = new JsonArray([.. roster.PersonalDevices.Select(device => new JsonObject
        {
            ["device"] = device.Device.Value,
            ["userSlot"] = device.UserSlot,
            ["patient"] = device.Patient.ToString(),
            ["from"] = InstantText(device.From),
            ["to"] = device.To is { } to ? InstantText(to) : null,
        })]),
    };

    private static JsonObject MeaningOf(Person person) => new()
    {
        ["givenName"] = person.GivenName,
        ["firstSurname"] = person.FirstSurname,
        ["secondSurname"] = person.SecondSurname,
        ["birthDate"] = person.BirthDate,
        ["sex"] = person.Sex,
        ["curp"] = person.Curp,
        ["nss"] = person.Nss,
        ["nssSuffix"] = person.NssSuffix,
    };

    private static JsonObject With(JsonObject said, params (string Name, JsonNode Value)[] more)
    {
        foreach (var (name, value) in more)
        {
            said[name] = value;
        }

        return said;
    }

    private static JsonObject MeaningOf(string part, Quantity quantity) => quantity.Absent is { } reason
        ? new JsonObject { ["part"] = part, ["absent"] = Quantity.CodeOf(reason), ["unit"] = quantity.Unit }
        : new JsonObject { ["part"] = part, ["value"] = quantity.Value.ToString(CultureInfo.InvariantCulture), ["unit"] = quantity.Unit };

    // Through text, because a number parsed and a number put in are two kinds of node.
    private static void ShouldMean(JsonNode expected, JsonNode actual) =>
        JsonNode.DeepEquals(JsonNode.Parse(actual.ToJsonString()), expected).ShouldBeTrue(actual.ToJsonString());

    private static (byte[] Octets, JsonNode Meaning) Example(string name) => (
        Convert.FromHexString(Block("hex", name).ReplaceLineEndings("")), JsonNode.Parse(Block("json", name))!);

    private static string Block(string language, string name) => Blocks().Matches(Page)
        .Single(block => block.Groups[1].Value == $"{language} {name}").Groups[2].Value;

    private static string[] Table(string heading) =>
        [.. Page[Page.IndexOf($"### {heading}\n", StringComparison.Ordinal)..].Split('\n').SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal))
            .Skip(1).TakeWhile(line => line.StartsWith('|'))];

    private static string EpochText(ulong epoch) => epoch.ToString("x16", CultureInfo.InvariantCulture);

    private static string InstantText(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Telemed.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests are not inside the repository.");
        }

        return folder;
    }

    [GeneratedRegex("^```([a-z]+ [a-z-]+)\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
