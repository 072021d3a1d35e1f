using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Patients;

public sealed class EnrolmentTests
{
    [Fact]
    public async Task Whom_a_unit_enrolled_is_kept_once_and_another_with_her_id_is_put_aside()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        var walkIn = Some.WalkIn(new Guid("0190a0aa-0000-7000-8000-0000000000c1"));

        (await cloud.TakeAsync(BatchEntry.Of(1, walkIn))).Stored.ShouldBe([(1UL, 1UL)]);
        (await cloud.TakeAsync(BatchEntry.Of(1, walkIn))).Stored.ShouldBe([(1UL, 1UL)]);
        (await SetAsideAsync(cloud)).ShouldBeEmpty();
        var kept = cloud.Service<TelemedDb>().Read(connection => connection.QuerySingle<(string, string, string, string)>(
            "SELECT name, curp, nss, sex FROM patient WHERE id = @id", new { id = Octets.Of(walkIn.Id.Value) }));
        kept.ShouldBe(("Gloria Hernández García", "HEGG560427MVZRRL04", "92119624721", "female"));

        (await cloud.TakeAsync(BatchEntry.Of(2, walkIn with { Person = walkIn.Person with { GivenName = "Otra" } }))).Stored.ShouldBe([(2UL, 2UL)]);
        (await cloud.TakeAsync(BatchEntry.Of(3, Some.WalkIn(Some.Patient.Value)))).Stored.ShouldBe([(3UL, 3UL)]);
        (await SetAsideAsync(cloud)).ShouldBe(["patient-known-otherwise", "patient-known-otherwise"]);
        (await cloud.GetAsync("/api/teleconsults")).AsArray().ShouldBeEmpty();
    }

    private static async Task<string[]> SetAsideAsync(RunningCloud cloud) =>
        [.. (await cloud.GetAsync("/api/set-aside")).AsArray().Select(item => item!["reason"]!.GetValue<string>())];
}
