using System.Text.Json.Nodes;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Tests.Live;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Amendments;

/// <summary>What a nurse or the gateway says of a reading afterwards, from the wire to where the reading is seen.</summary>
public sealed class AmendmentTests : IAsyncLifetime
{
    private static readonly GatewayId Second = new("gw-sierra-2");
    private static readonly GatewayId Elsewhere = new("gw-hospital");
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(_clock);
        await _cloud.PutAsync($"/api/gateways/{Second}", new { unit = Some.AskingUnit });
        await _cloud.PutAsync($"/api/gateways/{Elsewhere}", new { unit = Some.AnsweringUnit });
    }

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task A_reading_of_nobody_that_is_assigned_comes_to_the_specialist_at_once_and_says_who_assigned_it()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var gateway = await _cloud.GatewayAsync();
        var reading = Some.BloodPressure(1, Some.Morning.AddSeconds(5), null);
        await gateway.SendAsync(Some.Entry(1, reading));
        await gateway.ReceiptAsync();
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        (await UnassignedAsync()).ShouldBe([reading.Id.ToString()]);

        await gateway.SendAsync(Some.Assign(2, reading, Some.Patient));

        (await gateway.ReceiptAsync()).Stored.ShouldBe([(2UL, 2UL)]);
        var shown = (await stream.NextAsync("reading")).Data!;
        shown["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());
        shown["unassigned"].ShouldBeNull();
        shown["assigned"]!["by"]!.GetValue<string>().ShouldBe("enf.lopez");
        shown["assigned"]!["reason"]!.GetValue<string>().ShouldBe("seen-measured");
        (await UnassignedAsync()).ShouldBeEmpty();
        RowOf(reading).Patient.ShouldBeNull("the observation's own row never changes");
    }

    [Fact]
    public async Task One_that_is_said_to_be_somebody_elses_leaves_where_it_was_before_the_eyes_of_who_watches()
    {
        var (first, other) = (await _cloud.TeleconsultAsync(Some.Patient), await _cloud.TeleconsultAsync(Some.OtherPatient));
        var reading = Some.BloodPressure(1, Some.Morning.AddSeconds(5), Some.Patient);
        await _cloud.TakeAsync(Some.Entry(1, reading));
        await using var here = await EventStream.OpenAsync(_cloud, first);
        var seen = (await here.NextAsync("snapshot")).Id;
        await using var there = await EventStream.OpenAsync(_cloud, other);
        await there.NextAsync("snapshot");

        await _cloud.TakeAsync(Some.Assign(2, reading, Some.OtherPatient));

        (await here.NextAsync("gone")).Data!["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());
        (await there.NextAsync("reading")).Data!["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());
        (await ReadingsAsync(first)).ShouldBeEmpty();
        (await ReadingsAsync(other)).ShouldHaveSingleItem();
        await using var resumed = await EventStream.OpenAsync(_cloud, first, seen);
        await resumed.NextAsync("state");
        (await resumed.NextAsync("gone")).Data!["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());

        await _cloud.TakeAsync(Some.Assign(3, reading, Some.Patient));
        (await there.NextAsync("gone")).Id.ShouldNotBeNull();
        (await here.NextAsync("reading")).Data!["assigned"].ShouldNotBeNull();
        (await ReadingsAsync(first)).ShouldHaveSingleItem();
        var consults = (await _cloud.GetAsync("/api/teleconsults")).AsArray();
        consults.Single(consult => consult!["id"]!.GetValue<Guid>() == first)!["readings"]!.GetValue<int>().ShouldBe(1);
        (await _cloud.GetAsync("/api/counts"))["attached"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_time_that_becomes_known_brings_it_to_its_teleconsult_and_shows_what_was_known_before()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var reading = Some.BloodPressure(1, null, Some.Patient);
        await _cloud.TakeAsync(Some.Entry(1, reading));
        (await ReadingsAsync(id)).ShouldBeEmpty();

        await _cloud.TakeAsync(Some.Retime(2, reading, Some.Morning.AddSeconds(9)));

        var shown = (await ReadingsAsync(id)).ShouldHaveSingleItem();
        shown["effective"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddSeconds(9));
        shown["method"]!.GetValue<string>().ShouldBe("deviceOffset");
        shown["uncertaintyMs"]!.GetValue<int>().ShouldBe(2000);
        shown["arrival"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddSeconds(10), "and it came later than that");
        shown["retimed"]!["before"].ShouldBeNull();
        shown["retimed"]!["methodBefore"]!.GetValue<string>().ShouldBe("none");

        await _cloud.TakeAsync(Some.Retime(3, reading, Some.Morning.AddSeconds(11)));
        var again = (await ReadingsAsync(id)).ShouldHaveSingleItem();
        again["effective"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddSeconds(11));
        again["position"]!.GetValue<long>().ShouldBeGreaterThan(shown["position"]!.GetValue<long>(), "who resumes learns of the change");

        await _cloud.TakeAsync(Some.Retime(4, reading, Some.Morning.AddHours(-3)));
        (await ReadingsAsync(id)).ShouldBeEmpty("it was before the teleconsult");
    }

    [Fact]
    public async Task What_is_known_of_a_reading_before_it_comes_waits_for_it()
    {
        var id = await _cloud.TeleconsultAsync(Some.OtherPatient);
        var reading = Some.BloodPressure(1, null, Some.Patient);
        (await _cloud.TakeAsync(Some.Assign(5, reading, Some.OtherPatient), Some.Retime(6, reading, Some.Morning))).Stored.ShouldBe([(5UL, 6UL)]);

        await _cloud.TakeAsync(Some.Entry(1, reading));

        (await ReadingsAsync(id)).ShouldHaveSingleItem()["assigned"].ShouldNotBeNull();
        RowOf(reading).Patient.ShouldBe(Some.Patient.Value);
    }

    [Fact]
    public async Task A_teleconsult_that_starts_takes_what_was_assigned_to_its_patient_and_leaves_what_was_taken_from_her()
    {
        var (hers, others, nobodys) = (Some.Pulse(1, Some.Morning, Some.Patient), Some.Pulse(2, Some.Morning, Some.OtherPatient), Some.Pulse(3, Some.Morning, null));
        await _cloud.TakeAsync(Some.Entry(1, hers), Some.Entry(2, others), Some.Entry(3, nobodys));
        await _cloud.TakeAsync(Some.Assign(4, hers, null), Some.Assign(5, others, Some.Patient), Some.Assign(6, nobodys, Some.Patient));

        var id = await _cloud.TeleconsultAsync(Some.Patient);

        (await ReadingsAsync(id)).Select(reading => reading["id"]!.GetValue<string>()).ShouldBe([others.Id.ToString(), nobodys.Id.ToString()]);
        (await UnassignedAsync()).ShouldBe([hers.Id.ToString()]);
    }

    [Fact]
    public async Task The_same_again_changes_nothing_and_is_receipted()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var reading = Some.BloodPressure(1, Some.Morning, null);
        await _cloud.TakeAsync(Some.Entry(1, reading), Some.Assign(2, reading, Some.Patient));
        var position = (await ReadingsAsync(id)).Single()["position"]!.GetValue<long>();

        (await _cloud.TakeAsync(Some.Entry(1, reading), Some.Assign(2, reading, Some.Patient))).Stored.ShouldBe([(1UL, 2UL)]);

        (await ReadingsAsync(id)).Single()["position"]!.GetValue<long>().ShouldBe(position);
    }

    [Fact]
    public async Task Another_unit_has_no_say_whether_it_speaks_before_or_after()
    {
        var id = await _cloud.TeleconsultAsync(Some.OtherPatient);
        var (reading, later) = (Some.BloodPressure(1, Some.Morning, Some.Patient), Some.BloodPressure(2, Some.Morning, Some.Patient));
        await _cloud.TakeAsync(Some.Entry(1, reading));

        var receipt = await _cloud.TakeAsync(Elsewhere, 9, Some.Assign(1, reading, Some.OtherPatient), Some.Assign(2, later, Some.OtherPatient));
        receipt.Stored.ShouldBe([(2UL, 2UL)]);
        receipt.Refused.ShouldBe([new RefusedEntry(1, "amendment-other-unit")]);
        await _cloud.TakeAsync(Some.Entry(2, later));

        (await ReadingsAsync(id)).ShouldBeEmpty();
        (await _cloud.GetAsync("/api/set-aside")).AsArray().ShouldHaveSingleItem()!["reason"]!.GetValue<string>().ShouldBe("amendment-other-unit");
    }

    [Fact]
    public async Task In_whatever_order_they_come_the_newest_of_each_outbox_and_then_the_latest_holds()
    {
        var random = new Random(20261122);
        PatientId?[] people = [Some.Patient, Some.OtherPatient, null];
        (GatewayId Gateway, ulong Epoch)[] outboxes = [(Some.Gateway, Some.Epoch), (Some.Gateway, 7), (Second, 9)];
        for (ulong round = 0; round < 60; round++)
        {
            var reading = Some.Pulse(round + 1, Some.Morning, people[random.Next(3)]);
            var said = Enumerable.Range(0, random.Next(1, 7)).Select(i => (
                Outbox: outboxes[random.Next(3)],
                Sequence: (round * 100) + (ulong)i + 10,
                Patient: people[random.Next(3)],

                // Clocks of gateways jump, also back.
                At: Some.Morning.AddMinutes(random.Next(-500, 500)).AddMilliseconds(i))).ToArray();
            var expected = said.GroupBy(one => one.Outbox).Select(outbox => outbox.MaxBy(one => one.Sequence)).MaxBy(one => one.At).Patient;
            var sendings = said.Select(one => (one.Outbox, Entry: Some.Assign(one.Sequence, reading, one.Patient, one.At)))
                .Append((outboxes[0], Some.Entry((round * 100) + 9, reading))).ToArray();
            random.Shuffle(sendings);

            foreach (var ((gateway, epoch), entry) in sendings)
            {
                (await _cloud.TakeAsync(gateway, epoch, entry)).Refused.ShouldBeEmpty();
            }

            PatientNow(reading).ShouldBe(expected?.Value, $"round {round}");
        }
    }

    private async Task<JsonNode[]> ReadingsAsync(Guid teleconsult) =>
        [.. (await _cloud.GetAsync($"/api/teleconsults/{teleconsult}/readings"))["readings"]!.AsArray().Select(reading => reading!)];

    private async Task<string[]> UnassignedAsync() =>
        [.. (await _cloud.GetAsync("/api/unassigned"))["readings"]!.AsArray().Select(reading => reading!["id"]!.GetValue<string>())];

    private (Guid? Patient, long? Effective) RowOf(Observation reading) => _cloud.Service<TelemedDb>().Read(connection =>
    {
        var (patient, effective) = connection.QuerySingle<(byte[]?, long?)>("SELECT patient, effective FROM observation WHERE id = @id", new { id = Octets.Of(reading.Id.Value) });
        return (Octets.ToGuid(patient), effective);
    });

    private Guid? PatientNow(Observation reading) => _cloud.Service<TelemedDb>().Read(connection => Octets.ToGuid(connection.QuerySingle<byte[]?>(
        "SELECT iif(n.observation IS NULL, o.patient, n.patient) FROM observation o LEFT JOIN amended n ON n.observation = o.position WHERE o.id = @id",
        new { id = Octets.Of(reading.Id.Value) })));
}
