using System.Globalization;
using System.Text.Json;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Gatt;

public sealed class GattDecodersTests
{
    // Fixed, so that a failure can be repeated; the message names characteristic and octets.
    private const int Seed = 20190227;
    private const int FramesPerCharacteristic = 10_000;

    [Fact]
    public void Random_octets_never_throw_and_every_answer_can_be_printed()
    {
        var random = new Random(Seed);
        var buffer = new byte[32];
        foreach (var (uuid, decode) in GattDecoders.All)
        {
            for (var i = 0; i < FramesPerCharacteristic; i++)
            {
                var frame = buffer.AsSpan(0, random.Next(buffer.Length + 1));
                random.NextBytes(frame);
                Decode(uuid, decode, frame);
            }
        }
    }

    [Fact]
    public void Vectors_with_octets_changed_at_random_never_throw()
    {
        var random = new Random(Seed);
        foreach (var vector in GattVector.All().Where(v => v.Hex.Length > 0))
        {
            var uuid = ushort.Parse(vector.Characteristic, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (var i = 0; i < 1_000; i++)
            {
                var frame = vector.Octets;
                for (var changes = random.Next(1, 4); changes > 0; changes--)
                {
                    frame[random.Next(frame.Length)] = (byte)random.Next(256);
                }

                Decode(uuid, GattDecoders.All[uuid], frame);
            }
        }
    }

    [Fact]
    public void A_prefix_of_a_frame_is_refused_whole_or_ignores_what_was_cut_off()
    {
        foreach (var vector in GattVector.All().Where(v => v.IsDecoded))
        {
            var uuid = ushort.Parse(vector.Characteristic, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var decode = GattDecoders.All[uuid];
            var octets = vector.Octets;
            for (var length = 0; length < octets.Length; length++)
            {
                // The prefix lies in a larger array: a decoder that reads past its end would see two different worlds.
                var inZeros = Print(decode, Surrounded(octets, length, 0x00));
                var inOnes = Print(decode, Surrounded(octets, length, 0xFF));
                inZeros.ShouldBe(inOnes, $"{vector.Characteristic} {vector.Name}, {length} octets");
                if (inZeros.StartsWith('{') && HasTrailingNote(vector) is false)
                {
                    IsOfAnyLength(vector.Characteristic, octets).ShouldBeTrue($"{vector.Characteristic} {vector.Name}, {length} octets");
                }
            }
        }
    }

    [Fact]
    public void Every_sfloat_word_is_the_number_that_its_two_fields_say()
    {
        for (var word = 0; word <= ushort.MaxValue; word++)
        {
            var quantity = MedicalFloat.FromSfloat((ushort)word).ToQuantity(Units.Percent);
            if (word is 0x07FE or 0x07FF or 0x0800 or 0x0801 or 0x0802)
            {
                quantity.Absent.ShouldNotBeNull();
                continue;
            }

            var mantissa = (word & 0x0FFF) - ((word & 0x0800) != 0 ? 0x1000 : 0);
            var exponent = (word >> 12) - ((word & 0x8000) != 0 ? 0x10 : 0);
            var expected = decimal.Parse($"{mantissa}e{exponent}", NumberStyles.Float, CultureInfo.InvariantCulture);
            quantity.Value.ShouldBe(expected);
            ((int)quantity.Value.Scale).ShouldBe(Math.Max(0, -exponent));
        }
    }

    [Theory]
    [InlineData(0x007FFFFFu, AbsentReason.NotANumber)]
    [InlineData(0x00800000u, AbsentReason.Error)]
    [InlineData(0x007FFFFEu, AbsentReason.PositiveInfinity)]
    [InlineData(0x00800002u, AbsentReason.NegativeInfinity)]
    [InlineData(0x00800001u, AbsentReason.Error)]
    [InlineData(0x7F000001u, AbsentReason.Error)] // 1e127
    [InlineData(0x1D000001u, AbsentReason.Error)] // 1e29
    [InlineData(0x1C000008u, AbsentReason.Error)] // 8e28, just above the largest decimal
    [InlineData(0x80000001u, AbsentReason.Error)] // 1e-128
    public void A_float_that_is_no_number_or_that_no_decimal_holds_is_absent(uint word, AbsentReason reason) =>
        MedicalFloat.FromFloat(word).ToQuantity(Units.Celsius).Absent.ShouldBe(reason);

    [Theory]
    [InlineData(0xFF00016Cu, "36.4")]
    [InlineData(0xFE000D97u, "34.79")]
    [InlineData(0xFE000E71u, "36.97")]
    [InlineData(0x00000025u, "37")]
    [InlineData(0xFFFFFFFFu, "-0.1")]
    [InlineData(0xFF800000u, "-838860.8")]
    [InlineData(0x1C000007u, "70000000000000000000000000000")]
    [InlineData(0xE4000001u, "0.0000000000000000000000000001")]
    public void A_float_keeps_number_and_scale(uint word, string expected) =>
        MedicalFloat.FromFloat(word).ToQuantity(Units.Celsius).Value.ToString(CultureInfo.InvariantCulture).ShouldBe(expected);

    [Fact]
    public void The_requests_are_the_octets_of_the_glucose_service()
    {
        RecordAccessRequest.CountAll().ShouldBe([0x04, 0x01]);
        RecordAccessRequest.CountFrom(0x1234).ShouldBe([0x04, 0x03, 0x01, 0x34, 0x12]);
        RecordAccessRequest.ReportAll().ShouldBe([0x01, 0x01]);
        RecordAccessRequest.ReportFrom(0x1234).ShouldBe([0x01, 0x03, 0x01, 0x34, 0x12]);
        RecordAccessRequest.ReportLast().ShouldBe([0x01, 0x06]);
        RecordAccessRequest.Abort().ShouldBe([0x03, 0x00]);
    }

    [Theory]
    [InlineData(new byte[] { 0x06, 0x00, 0x01, 0x01 }, true)]
    [InlineData(new byte[] { 0x06, 0x00, 0x01, 0x06 }, true)]
    [InlineData(new byte[] { 0x06, 0x00, 0x03, 0x01 }, false)]
    [InlineData(new byte[] { 0x05, 0x00, 0x01, 0x00 }, false)]
    public void Only_the_response_to_its_own_request_closes_a_procedure(byte[] indication, bool closes)
    {
        RecordAccessControlPoint.TryDecode(indication, out var answer, out _).ShouldBeTrue();
        answer!.Closes(RecordAccessOpCode.ReportStoredRecords).ShouldBe(closes);
    }

    private static void Decode(ushort uuid, CharacteristicDecoder decode, ReadOnlySpan<byte> frame)
    {
        try
        {
            var decoded = decode(frame, out var measurement, out var failure);
            (decoded ? measurement is not null && failure == default : failure.Reason != DecodeFailureReason.None).ShouldBeTrue();
            if (decoded)
            {
                JsonSerializer.Serialize(measurement, measurement!.GetType(), DecodeJson.Options).ShouldStartWith("{");
                measurement.Notes.ToWords().ShouldNotContain("none");
            }
        }
        catch (Exception exception) when (exception is not ShouldAssertException)
        {
            throw new InvalidOperationException($"{uuid:X4} {Convert.ToHexString(frame)}", exception);
        }
    }

    private static ReadOnlySpan<byte> Surrounded(byte[] octets, int length, byte filler)
    {
        var array = new byte[octets.Length + 32];
        Array.Fill(array, filler);
        octets.AsSpan(0, length).CopyTo(array);
        return array.AsSpan(0, length);
    }

    private static string Print(CharacteristicDecoder decode, ReadOnlySpan<byte> frame) =>
        decode(frame, out var measurement, out var failure)
            ? JsonSerializer.Serialize(measurement, measurement.GetType(), DecodeJson.Options)
            : failure.ToString();

    private static bool HasTrailingNote(GattVector vector) =>
        vector.Expect["notes"]!.AsArray().Any(note => ((string)note!).StartsWith("trailing-octets", StringComparison.Ordinal));

    // Strings, opaque structures and segments have no length of their own, nor has an operand that the Glucose Service does not know.
    private static bool IsOfAnyLength(string characteristic, byte[] octets) => characteristic switch
    {
        "2A24" or "2A25" or "2A26" or "2A27" or "2A28" or "2A29" or "2A2A" => true,
        "2A37" => (octets[0] & 0x10) != 0, // as many intervals as there are octets for
        "2B36" => true, // a segment
        "2A52" => octets[0] > 0x08 || octets[2] > 0x02,
        _ => false,
    };
}
