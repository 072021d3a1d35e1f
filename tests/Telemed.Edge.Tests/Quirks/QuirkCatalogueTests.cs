using System.Globalization;
using System.Text.Json.Nodes;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Quirks;

public sealed class QuirkCatalogueTests
{
    private static readonly QuirkCatalogue Catalogue = QuirkCatalogue.Embedded;

    public static TheoryData<string, string> Vectors()
    {
        var data = new TheoryData<string, string>();
        foreach (var (model, vector) in GattVector.OfModels())
        {
            data.Add(model, vector.Name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_frame_of_a_model_says_what_its_vector_says(string model, string name)
    {
        var vector = GattVector.OfModels().Single(v => v.Model == model && v.Vector.Name == name).Vector;

        var (code, output, _) = Decode(["--model", model], $"{vector.Characteristic} {vector.Hex}");

        code.ShouldBe(0);
        var expected = vector.Expect.DeepClone().AsObject();
        expected["characteristic"] = vector.Characteristic;
        JsonNode.DeepEquals(JsonNode.Parse(output), expected).ShouldBeTrue($"expected {expected.ToJsonString()}\nbut was  {output}");
    }

    [Fact]
    public void A_model_marked_as_tested_has_frames_and_every_effect_on_frames_is_tested()
    {
        var tested = GattVector.OfModels().Select(v => v.Model).ToHashSet();

        Catalogue.Models.Where(m => m.Evidence == QuirkEvidence.TestedAgainstFrames).Select(m => m.Name).ShouldBeSubsetOf(tested);
        Catalogue.Models.Where(m => m.Effects.Any(e => e is not (Effect.Clock or Effect.RecordNumbersShift))).Select(m => m.Name).ShouldBeSubsetOf(tested);
        tested.ShouldBeSubsetOf(Catalogue.Models.Select(m => m.Name));
    }

    [Fact]
    public void Every_entry_has_a_name_of_its_own_a_source_and_a_rule()
    {
        Catalogue.Models.Select(m => m.Name).ShouldBeUnique();
        Catalogue.Models.ShouldAllBe(m => m.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));
        Catalogue.Models.ShouldAllBe(m => m.Sources.Length > 0 && m.Match.Length > 0);
        Catalogue.Models.SelectMany(m => m.Match).ShouldAllBe(
            r => r.Name != null || r.Manufacturer != null || r.Model != null || r.Company != null || r.Service != null);
    }

    [Theory]
    [InlineData("meter+01234567", null, null, "accu-chek")]
    [InlineData(null, "Roche", "925", "accu-chek")]
    [InlineData("Contour7830H1234567", null, null, "contour-next")]
    [InlineData("OneTouch KT12", null, null, "onetouch-verio")]
    [InlineData("CareSens 0123", null, null, "caresens")]
    [InlineData(null, "i-SENS", "CareSens N Premier", "caresens")]
    [InlineData("FORA GD40", null, null, "taidoc-fora")]
    [InlineData(null, "TaiDoc", "Model Number", "taidoc-fora")]
    [InlineData(null, "TaiDoc Technology", "4279", "taidoc-fora")]
    [InlineData("A&D_UA-651BLE_D57B3F", null, null, "and-ua-651ble")]
    [InlineData("BLESmart_0000025828FFB20591B5", null, null, "omron")]
    [InlineData(null, "OMRON HEALTHCARE Co., Ltd.", "HEM-7155T", "omron")]
    [InlineData("Beurer BM85", null, null, "beurer-bm85")]
    [InlineData("BM 59", null, null, "beurer-bm48-bm59")]
    [InlineData("BM48", null, null, "beurer-bm48-bm59")]
    [InlineData("Elite 900", null, null, "beurer-bm48-bm59")]
    [InlineData("boso medicus CE6674", null, null, "boso-medicus")]
    [InlineData("SBM69", null, null, "silvercrest-sbm69")]
    [InlineData("Nonin3230_502644770", null, null, "nonin-3230")]
    [InlineData("MI_SCALE", null, null, "xiaomi-scale")]
    public void A_meter_is_recognised_by_its_name_or_its_device_information(string? name, string? manufacturer, string? model, string expected) =>
        Catalogue.Of(new DeviceInformation(manufacturer, model, null, null, null, null) { AdvertisedName = name }).Name.ShouldBe(expected);

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", "")]
    [InlineData("SC-651BLE_000001", "Simulated Cuffs Ltd", "SC-651BLE")]
    [InlineData("BM 96", "Beurer", "BM96")]
    [InlineData("my meter+1", null, null)]
    [InlineData(null, "TaiDoc", "3261")]
    public void A_meter_that_nobody_told_of_is_a_standard_one(string? name, string? manufacturer, string? model) =>
        Catalogue.Of(new DeviceInformation(manufacturer, model, null, null, null, null) { AdvertisedName = name }).ShouldBe(MeterModel.Standard);

    [Fact]
    public void Company_and_service_of_an_advertisement_are_looked_at_together()
    {
        var scale = new GattUuid(0x181D);

        Catalogue.Of(new MeterIdentity(Companies: [0x0157], Services: [scale])).Name.ShouldBe("xiaomi-scale");
        Catalogue.Of(new MeterIdentity(Services: [scale])).ShouldBe(MeterModel.Standard);
        Catalogue.Of(new MeterIdentity(Companies: [0x0157])).ShouldBe(MeterModel.Standard);
        Catalogue.Of(new MeterIdentity(Companies: [0x020E])).Name.ShouldBe("omron");
        Catalogue.Of(new MeterIdentity(Services: [new GattUuid(Guid.Parse("46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"))])).Name.ShouldBe("nonin-3230");
    }

    [Theory]
    [InlineData("and-ua-651ble", "2A08", ClockPermission.OnConnect, null)]
    [InlineData("omron", "2A2B", ClockPermission.WhenWrong, "00:10:00")]
    [InlineData("contour-next", "00001026-0002-11e2-9e96-0800200c9a66", ClockPermission.Never, null)]
    [InlineData("caresens", "FFF1", ClockPermission.Never, null)]
    public void The_catalogue_knows_where_a_clock_is_and_whether_it_bears_being_set(
        string model, string characteristic, ClockPermission permission, string? offBy)
    {
        var clock = Catalogue.Named(model)!.Get<Effect.Clock>()!;

        clock.Characteristic.ToString().ShouldBe(characteristic);
        clock.MaySet.ShouldBe(permission);
        clock.OffBy.ShouldBe(offBy is null ? null : TimeSpan.Parse(offBy, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_vendor_characteristic_is_read_for_its_model_only()
    {
        var nonin = Catalogue.Named("nonin-3230")!;
        var extra = nonin.Get<Effect.ExtraCharacteristic>()!;
        var octets = Convert.FromHexString("0A541D01F40010610048");

        nonin.TryRead(extra.Characteristic, octets, out var measurement, out _).ShouldBeTrue();
        MeterModel.Standard.TryRead(extra.Characteristic, octets, out _, out var reason).ShouldBeFalse();
        reason.ShouldBe("unknown-characteristic");
        MeasurementCoding.TryCode(measurement!, out var coded, out _).ShouldBeTrue();
        coded!.VitalSign.ShouldBe(VitalSign.OxygenSaturation);
        coded.Values.ShouldBe([Quantity.Of(97, Units.Percent), Quantity.Of(72, Units.PerMinute), Quantity.Of(5.00m, Units.Percent)]);
        coded.Flags.ShouldBe(ObservationFlags.None);
    }

    [Theory]
    [InlineData("0A081D000001007F01FF", ObservationFlags.PoorSignal | ObservationFlags.SensorOff)]
    [InlineData("0A121D01F40010610048", ObservationFlags.PoorSignal)]
    [InlineData("0A301D01F40010610048", ObservationFlags.BatteryLow)]
    public void The_status_of_a_nonin_oximeter_has_its_flags(string hex, ObservationFlags flags)
    {
        NoninOximetry.TryDecode(Convert.FromHexString(hex), out var measurement, out _).ShouldBeTrue();
        MeasurementCoding.TryCode(measurement, out var coded, out _).ShouldBeTrue();
        coded.Flags.ShouldBe(flags);
    }

    [Fact]
    public void Random_octets_never_throw_whatever_the_model()
    {
        var random = new Random(20190227);
        var buffer = new byte[24];
        foreach (var model in Catalogue.Models)
        {
            GattUuid[] characteristics =
                [new(0x2A35), new(0x2A18), new(0x2A34), .. model.Effects.OfType<Effect.ExtraCharacteristic>().Select(e => e.Characteristic)];
            for (var i = 0; i < 10_000; i++)
            {
                var frame = buffer.AsSpan(0, random.Next(buffer.Length + 1));
                random.NextBytes(frame);
                var read = model.TryRead(characteristics[i % characteristics.Length], frame, out var measurement, out var reason);
                (read ? measurement is not null && reason.Length == 0 : reason.Length > 0).ShouldBeTrue($"{model.Name} {Convert.ToHexString(frame)}");
            }
        }
    }

    [Fact]
    public void An_unknown_model_is_one_message_that_names_the_known_ones()
    {
        var (code, output, errors) = Decode(["--model", "abacus"], "2A19 64");

        code.ShouldBe(2);
        output.ShouldBeEmpty();
        errors.ShouldStartWith("--model is 'abacus'; allowed: accu-chek, ");
        Catalogue.Models.ShouldAllBe(m => errors.Contains(m.Name));
        errors.Count(c => c == '\n').ShouldBe(1);
    }

    [Fact]
    public void The_models_are_listed_with_their_evidence()
    {
        var (code, output, _) = Decode(["--models"], "");

        code.ShouldBe(0);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(Catalogue.Models.Length);
        lines.ShouldContain(line => line.StartsWith("beurer-bm85 ", StringComparison.Ordinal) && line.Contains(" tested-against-frames ", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("omron ", StringComparison.Ordinal) && line.Contains("from-reports", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--modle", "omron")]
    [InlineData("--model")]
    public void An_option_that_is_none_is_one_message(params string[] options)
    {
        var (code, _, errors) = Decode(options, "2A19 64");

        code.ShouldBe(2);
        errors.ShouldContain("allowed: --model NAME, --models.");
    }

    [Fact]
    public void A_vendor_characteristic_without_its_model_is_unknown_and_no_bad_line() =>
        Decode([], "0AAD7EA0-0D60-11E2-8E3C-0002A5D5C51B 0A").Output.TrimEnd()
            .ShouldBe("""{"characteristic":"0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b","outcome":"rejected","reason":"unknown-characteristic"}""");

    private static (int Code, string Output, string Errors) Decode(string[] options, string lines)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = DecodeCommand.Run(options, new StringReader(lines), output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
