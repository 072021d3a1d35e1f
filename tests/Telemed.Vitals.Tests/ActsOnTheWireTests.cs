using Google.Protobuf;
using Telemed.Vitals.Wire;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Tests;

public class ActsOnTheWireTests
{
    private static readonly ByteString Id = ByteString.CopyFrom(new byte[16]);

    public static TheoryData<P.Amendment, string> BadAmendments => new()
    {
        { new P.Amendment { Observation = Id }, "amendment-change" },
        { new P.Amendment { Observation = ByteString.CopyFrom(1, 2), Retiming = new P.Retiming() }, "amendment-observation" },
        { new P.Amendment { Observation = Id, At = long.MaxValue, Retiming = new P.Retiming() }, "amendment-at" },
        { new P.Amendment { Observation = Id, Retiming = new P.Retiming { TimeMethod = 256 } }, "amendment-time-method" },
        { new P.Amendment { Observation = Id, Retiming = new P.Retiming { TimeMethod = 1, Effective = long.MaxValue } }, "amendment-effective" },
        { new P.Amendment { Observation = Id, Retiming = new P.Retiming { Uncertainty = ulong.MaxValue } }, "amendment-uncertainty" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment() }, "amendment-unassigned" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment { Patient = Id, Unassigned = 1 } }, "amendment-unassigned" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment { Patient = ByteString.CopyFrom(1) } }, "amendment-patient" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment { Patient = Id, Reason = "Con mayúsculas" } }, "amendment-reason" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment { Patient = Id, Nurse = new string('n', 65) } }, "amendment-nurse" },
        { new P.Amendment { Observation = Id, Assignment = new P.Assignment { Patient = Id, Note = new string('ñ', 1001) } }, "amendment-note" },
    };

    [Theory]
    [MemberData(nameof(BadAmendments))]
    public void An_amendment_that_breaks_the_contract_is_refused_alone_and_its_neighbours_are_read(P.Amendment bad, string reason)
    {
        var batch = P.ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode(77, [BatchEntry.Of(1, Some.BloodPressure(1, 120, 80, 93, 70))]));
        batch.Count = 3;
        batch.SequenceStep.Add(1);
        batch.Amendments.Add(bad);
        batch.HelpCalls.Add(new P.HelpCall { Id = Id });

        var decoding = ObservationBatchCodec.Decode(Some.Gateway, batch.ToByteArray());

        decoding.Failure.ShouldBeNull();
        decoding.Entries[0].Observation.ShouldNotBeNull();
        decoding.Entries[1].Malformed!.Reason.ShouldBe(reason);
        decoding.Entries[2].Act.ShouldBeOfType<HelpCall>();
        var kept = ObservationBatchCodec.Decode(Some.Gateway, decoding.Entries[1].Malformed!.Payload.Span);
        kept.Entries.ShouldHaveSingleItem().Malformed!.Reason.ShouldBe(reason);
        kept.Sequences.ShouldBe([2UL]);
    }

    [Theory]
    [InlineData("birth_date", "provisional-patient-birth-date")]
    [InlineData("sex", "provisional-patient-sex")]
    [InlineData("given_name", "provisional-patient-given-name")]
    [InlineData("curp", "provisional-patient-curp")]
    public void A_person_out_of_bounds_is_refused(string field, string reason)
    {
        var message = new P.ProvisionalPatient
        {
            Id = Id,
            BirthDate = field == "birth_date" ? "2026-02-30" : "",
            Sex = field == "sex" ? "F" : "",
            GivenName = field == "given_name" ? "Ana\0" : "",
            Curp = field == "curp" ? new string('X', 41) : "",
        };
        var batch = new P.ObservationBatch { Version = 1, Count = 1, ProvisionalPatients = { message } };

        ObservationBatchCodec.Decode(Some.Gateway, batch.ToByteArray()).Entries.ShouldHaveSingleItem().Malformed!.Reason.ShouldBe(reason);
    }

    [Fact]
    public void What_the_contract_cannot_carry_is_not_written_and_the_message_names_the_field_and_no_value()
    {
        var patient = Some.ProvisionalPatient(new Random(1));
        var secret = new string('X', 41);

        var error = Should.Throw<ArgumentException>(() => ObservationBatchCodec.Encode(1, [BatchEntry.Of(1, patient with { Person = patient.Person with { Curp = secret } })]));

        error.Message.ShouldContain("its field curp");
        error.Message.ShouldNotContain(secret);
        Should.Throw<ArgumentException>(() => ObservationBatchCodec.Encode(
            1, [BatchEntry.Of(1, new Amendment(default, default, new Retiming(null, TimeMethod.Arrival, TimeSpan.Zero, default)))]));
    }

    [Fact]
    public void Nothing_of_a_person_gets_into_a_text()
    {
        var patient = Some.ProvisionalPatient(new Random(1));

        $"{patient} {patient.Person}".ShouldNotContain("Ana");
    }

    [Fact]
    public void A_roster_carries_which_calls_for_help_were_answered()
    {
        var answered = new AnsweredHelpCall(new Guid("0190a0aa-0000-7000-8000-00000000000d"), new DateTimeOffset(2026, 11, 22, 14, 12, 0, 250, TimeSpan.Zero));
        var sent = new UnitRoster(1, DateTimeOffset.UnixEpoch, "CSIMB002980", "Sierra", "America/Mexico_City", [], [], [], [], []) { AnsweredHelp = [answered] };

        CommandCodec.TryDecode(CommandCodec.Encode(sent), out var read, out _).ShouldBeTrue();

        read.ShouldBeOfType<UnitRoster>().AnsweredHelp.ShouldBe([answered]);
    }

    [Theory]
    [InlineData("08021200", "unknown-version")]
    [InlineData("08011208080110015a020a00", "answered id")]
    [InlineData("0801", "unknown-command")]
    [InlineData("ffff", "not-protobuf")]
    [InlineData("08011200", "revision")]
    [InlineData("080112020800", "revision")]
    [InlineData("08011a00", "seconds")]
    [InlineData("08011a0308ad02", "seconds")]
    [InlineData("08011a02081e", "patients")]
    [InlineData("08011a04081e1200", "patients")]
    public void A_command_that_is_none_is_told(string octets, string reason)
    {
        CommandCodec.TryDecode(Convert.FromHexString(octets), out var command, out var failure).ShouldBeFalse();

        failure.ShouldBe(reason);
        command.ShouldBeNull();
    }
}
