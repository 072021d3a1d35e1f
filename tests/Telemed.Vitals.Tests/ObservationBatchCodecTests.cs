using System.Buffers.Binary;
using Google.Protobuf;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Tests;

public class ObservationBatchCodecTests
{
    private const ulong Epoch = 0xFEDC_BA98_7654_3210;

    [Fact]
    public void Whatever_is_written_is_read_back_to_the_last_digit()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 2_000; round++)
        {
            var entries = Enumerable.Range(0, random.Next(1, 40))
                .Select(i => BatchEntry.Of((ulong)(1000 + (i * random.Next(1, 3))), random.Next(6) == 0
                    ? Some.Series(random, Epoch, (ulong)random.NextInt64())
                    : Some.Observation(random, Epoch, (ulong)random.NextInt64())))
                .Concat(Enumerable.Range(0, random.Next(3)).Select(i => BatchEntry.Of((ulong)(5000 + i), Frame(random))))
                .Concat(Enumerable.Range(0, random.Next(4)).Select(_ => BatchEntry.Of((ulong)random.NextInt64(), Some.Amendment(random))))
                .Concat(Enumerable.Range(0, random.Next(3)).Select(i => BatchEntry.Of((ulong)i, Some.ProvisionalPatient(random))))
                .Concat(Enumerable.Range(0, random.Next(3)).Select(i => BatchEntry.Of((ulong)i, new HelpCall(Guid.NewGuid(), Some.Instant(random), "sala"))))
                .ToArray();

            var decoding = ObservationBatchCodec.Decode(Some.Gateway, ObservationBatchCodec.Encode(Epoch, entries));

            decoding.Failure.ShouldBeNull();
            decoding.HasUnknownFields.ShouldBeFalse();
            decoding.OutboxEpoch.ShouldBe(Epoch);
            decoding.Entries.ShouldBe(entries);
            decoding.Sequences.ShouldBe(entries.Select(entry => entry.Sequence));
            decoding.Entries.Select(entry => entry.Observation?.Id).ShouldBe(entries.Select(entry => entry.Observation?.Id));
        }
    }

    [Fact]
    public void A_scale_is_part_of_the_value()
    {
        var entry = BatchEntry.Of(1, Some.BloodPressure(1, 2.0m, 2.00m, 2m, 0.000m));

        var values = ObservationBatchCodec.Decode(Some.Gateway, ObservationBatchCodec.Encode(77, [entry])).Entries[0].Observation!.Values;

        values.Select(value => value!.Value.ToString()).ShouldBe(["2.0 mm[Hg]", "2.00 mm[Hg]", "2 mm[Hg]", "0.000 /min"]);
    }

    [Fact]
    public void Garbage_never_throws_and_is_told()
    {
        var random = new Random(7);
        var valid = ObservationBatchCodec.Encode(Epoch,
        [
            .. Enumerable.Range(0, 20).Select(i => BatchEntry.Of((ulong)i, Some.Observation(random, Epoch, (ulong)i))),
            BatchEntry.Of(29, Some.Series(random, Epoch, 29)),
            BatchEntry.Of(30, Some.Amendment(random)),
            BatchEntry.Of(31, Some.ProvisionalPatient(random)),
        ]);
        var refused = 0;
        for (var round = 0; round < 50_000; round++)
        {
            byte[] payload;
            if (round % 2 == 0)
            {
                payload = new byte[random.Next(200)];
                random.NextBytes(payload);
            }
            else
            {
                payload = [.. valid];
                for (var hits = random.Next(1, 5); hits > 0; hits--)
                {
                    payload[random.Next(payload.Length)] = (byte)random.Next(256);
                }
            }

            var decoding = ObservationBatchCodec.Decode(Some.Gateway, payload);
            (decoding.Failure is null || decoding.Entries.IsEmpty).ShouldBeTrue();
            refused += decoding.Failure is null ? 0 : 1;
        }

        refused.ShouldBeGreaterThan(25_000);
    }

    [Fact]
    public void A_later_version_is_not_read_but_its_sequences_are()
    {
        var batch = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(Epoch,
            [BatchEntry.Of(10, Some.BloodPressure(1, 120, 80, 93, 70)), BatchEntry.Of(14, Some.BloodPressure(2, 121, 80, 93, 70))]));
        batch.Version = 3;

        var decoding = ObservationBatchCodec.Decode(Some.Gateway, batch.ToByteArray());

        decoding.Failure.ShouldBe("unknown-version");
        decoding.Sequences.ShouldBe([10UL, 14UL]);
        decoding.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_field_of_the_future_does_not_stop_the_present()
    {
        byte[] payload = [.. ObservationBatchCodec.Encode(Epoch, [BatchEntry.Of(10, Some.BloodPressure(1, 120, 80, 93, 70))]), 0x82, 0x7D, 0x01, 0x55];

        var decoding = ObservationBatchCodec.Decode(Some.Gateway, payload);

        decoding.Failure.ShouldBeNull();
        decoding.HasUnknownFields.ShouldBeTrue();
        decoding.Entries.Length.ShouldBe(1);
    }

    [Fact]
    public void A_count_that_lies_is_refused_before_anything_is_allocated()
    {
        var batch = new ObservationBatch { Version = 1, Count = uint.MaxValue };

        ObservationBatchCodec.Decode(Some.Gateway, batch.ToByteArray()).Failure.ShouldBe("count");
    }

    [Fact]
    public void A_numbered_session_is_said_by_a_root_once_and_a_number()
    {
        PatientId[] patients = [.. Enumerable.Range(1, 3).Select(i => new PatientId(new Guid(i, 0, 0, new byte[8])))];
        byte[] root = [0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0x07, 0xA8];
        BatchEntry[] entries =
        [
            Entry(1, patients[0], PatientSessionId.Numbered(root, 200)), Entry(2, patients[1], PatientSessionId.Numbered(root, 201)),
            Entry(3, patients[0], PatientSessionId.Numbered(root, 200)), Entry(4, patients[2], null), Entry(5, patients[0], PatientSessionId.Numbered(root, 203)),
        ];

        var octets = ObservationBatchCodec.Encode(Epoch, entries);

        var batch = ObservationBatch.Parser.ParseFrom(octets);
        batch.Version.ShouldBe(2u);
        batch.Patient.Select(table => Convert.ToHexString(table.Span)).ShouldBe(
        [
            "00000001" + new string('0', 24) + "00000002" + new string('0', 24) + "00000003" + new string('0', 24) + "00000001" + new string('0', 24),
        ]);
        batch.Session.Select(table => Convert.ToHexString(table.Span)).ShouldBe(["A1A2A3A4A5A687A8"]);
        batch.PatientIndex.ShouldBe([1u, 2u, 1u, 3u, 4u]);
        batch.SessionIndex.ShouldBe([1u, 1u, 0u, 1u]);
        batch.SessionStep.ShouldBe([200L, 1L, 2L]);
        ObservationBatchCodec.Decode(Some.Gateway, octets).Entries.Select(entry => entry.Observation!.Session?.ToString()).ShouldBe(
        [
            "a1a2a3a4a5a687a880000000000000c8", "a1a2a3a4a5a687a880000000000000c9", "a1a2a3a4a5a687a880000000000000c8", null, "a1a2a3a4a5a687a880000000000000cb",
        ]);
    }

    [Theory]
    [InlineData("patient")]
    [InlineData("patient_index")]
    [InlineData("session")]
    [InlineData("session_index")]
    [InlineData("session_step")]
    public void A_table_of_holders_that_breaks_the_contract_is_told_by_its_column(string column)
    {
        var batch = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(
            Epoch, [Entry(1, new PatientId(Guid.NewGuid()), PatientSessionId.Numbered(new byte[8], 1)), Entry(2, null, null)]));
        Action breaks = column switch
        {
            "patient" => () => batch.Patient.Add(ByteString.CopyFrom(new byte[17])),
            "patient_index" => () => batch.PatientIndex[0] = 2,
            "session" => () => batch.Session[0] = ByteString.CopyFrom(new byte[7]),
            "session_index" => () => batch.SessionIndex[0] = 2,
            _ => () => batch.SessionStep[0] = 1L << 56,
        };
        breaks();

        ObservationBatchCodec.Decode(Some.Gateway, batch.ToByteArray()).Failure.ShouldBe(column);
    }

    [Fact]
    public void More_holders_than_rows_and_a_root_that_is_none_are_refused()
    {
        var entry = Entry(1, new PatientId(Guid.NewGuid()), PatientSessionId.Numbered(new byte[8], 1));
        var tooMany = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(Epoch, [entry]));
        tooMany.Patient[0] = ByteString.CopyFrom(new byte[32]);
        var noRoot = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(Epoch, [entry]));
        noRoot.Session[0] = ByteString.CopyFrom(new byte[8]);

        ObservationBatchCodec.Decode(Some.Gateway, tooMany.ToByteArray()).Failure.ShouldBe("patient");
        ObservationBatchCodec.Decode(Some.Gateway, noRoot.ToByteArray()).Failure.ShouldBe("session");
    }

    [Fact]
    public void A_patient_of_zeros_is_no_patient_and_is_not_written() =>
        Should.Throw<ArgumentException>(() => ObservationBatchCodec.Encode(Epoch, [Entry(1, new PatientId(Guid.Empty), null)]));

    [Theory]
    [InlineData(4, 12)]
    [InlineData(22, 18)]
    public void Fifty_pressures_of_a_morning_with_sessions_take_few_octets_each(int patients, int most)
    {
        var random = new Random(50);
        var root = new byte[PatientSessionId.RootOctets];
        random.NextBytes(root);
        var start = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
        var ids = Enumerable.Range(0, patients).Select(_ =>
        {
            var octets = new byte[16];
            random.NextBytes(octets);
            return new PatientId(new Guid(octets));
        }).ToArray();
        var entries = Enumerable.Range(0, 50).Select(i =>
        {
            var arrival = start.AddSeconds(61 * i).AddMilliseconds(random.Next(400));
            var local = new DateTime(2026, 11, 22, 8, 0, 0).AddSeconds(61 * i);
            var patient = i * patients / 50;
            return BatchEntry.Of((ulong)(100 + i), Some.BloodPressure((ulong)(500 + i), random.Next(110, 170), random.Next(65, 100), random.Next(80, 120), random.Next(55, 95)) with
            {
                Patient = ids[patient],
                Session = PatientSessionId.Numbered(root, (ulong)(7000 + patient)),
                Unassigned = UnassignedReason.None,
                Time = new TimeStamped(local, arrival, start.AddSeconds(61 * i), TimeMethod.DeviceOffset, TimeSpan.FromSeconds(1)),
            });
        }).ToArray();

        // Topic, MQTT and TLS overhead of a batch is about 90 octets; the limit leaves room for it. Of the many patients' octets 7 a reading are their ids.
        ObservationBatchCodec.Encode(Epoch, entries).Length.ShouldBeLessThan((most * 50) - 90);
    }

    private static BatchEntry Entry(ulong sequence, PatientId? patient, PatientSessionId? session) => BatchEntry.Of(
        sequence, Some.BloodPressure(sequence, 120, 80, 93, 70) with
        {
            Patient = patient,
            Session = session,
            Unassigned = patient is null ? UnassignedReason.NoSession : UnassignedReason.None,
        });

    private static QuarantinedReading Frame(Random random)
    {
        var value = new byte[random.Next(21)];
        random.NextBytes(value);
        return new QuarantinedReading(new DeviceId("C0FFEE000001"), new CaptureRef(Epoch, BinaryPrimitives.ReadUInt64LittleEndian([.. value, 0, 0, 0, 0, 0, 0, 0, 0])),
            0x2A35, [.. value], DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + random.Next()), "too-short");
    }
}
