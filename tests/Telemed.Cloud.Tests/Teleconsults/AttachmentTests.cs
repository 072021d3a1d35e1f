using System.Net;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Tests.Teleconsults;

public sealed class AttachmentTests
{
    private static readonly TimeSpan Lead = TimeSpan.FromMinutes(5);
    private static readonly TeleconsultWindow Ended = new(new Guid(1, 0, 0, new byte[8]), Some.Morning, Some.Morning.AddMinutes(20));
    private static readonly TeleconsultWindow Running = new(new Guid(2, 0, 0, new byte[8]), Some.Morning.AddMinutes(22), null);

    [Theory]
    [InlineData(-5.01, null)]
    [InlineData(-5.0, 1)]
    [InlineData(16.9, 1)]
    [InlineData(17.0, 2)]
    [InlineData(20.0, 2)]
    [InlineData(600.0, 2)]
    public void The_window_that_holds_the_measured_time_decides_and_the_later_start_where_two_do(double minutes, int? expected) =>
        (TeleconsultWindow.Choose([Ended, Running], Some.Morning.AddMinutes(minutes), Lead)?.Teleconsult)
            .ShouldBe(expected is { } number ? new Guid(number, 0, 0, new byte[8]) : null);

    [Fact]
    public void Between_the_end_of_one_and_the_lead_of_the_next_nothing_is_attached() =>
        TeleconsultWindow.Choose([Ended, Running with { Started = Some.Morning.AddHours(1) }], Some.Morning.AddMinutes(20.01), Lead).ShouldBeNull();

    [Fact]
    public void Without_a_measured_time_nothing_is_attached() => TeleconsultWindow.Choose([Running], null, Lead).ShouldBeNull();

    [Fact]
    public async Task A_reading_goes_to_the_running_teleconsult_of_its_patient_and_to_no_other()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var (mine, others) = (await cloud.TeleconsultAsync(Some.Patient), await cloud.TeleconsultAsync(Some.OtherPatient));
        clock.Advance(TimeSpan.FromMinutes(2));

        await cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Some.Morning.AddMinutes(1), Some.Patient)),
            Some.Entry(2, Some.BloodPressure(2, Some.Morning.AddMinutes(1), null)),
            Some.Entry(3, Some.BloodPressure(3, Some.Morning.AddMinutes(-6), Some.Patient)),
            Some.Entry(4, Some.BloodPressure(4, null, Some.Patient)));

        var reading = (await cloud.GetAsync($"/api/teleconsults/{mine}/readings"))["readings"]!.AsArray().ShouldHaveSingleItem()!;
        reading["late"]!.GetValue<bool>().ShouldBeFalse();
        reading["id"]!.GetValue<string>().ShouldBe(Some.BloodPressure(1, Some.Morning, null).Id.ToString());
        (await cloud.GetAsync($"/api/teleconsults/{others}/readings"))["readings"]!.AsArray().ShouldBeEmpty();
        (await cloud.GetAsync("/api/counts"))["attached"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_reading_measured_before_the_end_that_comes_afterwards_is_attached_and_late()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient);
        clock.Advance(TimeSpan.FromMinutes(10));
        (await cloud.PostAsync($"/api/teleconsults/{id}/end")).ShouldBe(HttpStatusCode.NoContent);
        clock.Advance(TimeSpan.FromHours(3));

        await cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Some.Morning.AddMinutes(10), Some.Patient)),
            Some.Entry(2, Some.BloodPressure(2, Some.Morning.AddMinutes(11), Some.Patient)));

        var reading = (await cloud.GetAsync($"/api/teleconsults/{id}/readings"))["readings"]!.AsArray().ShouldHaveSingleItem()!;
        reading["late"]!.GetValue<bool>().ShouldBeTrue();
        var listed = (await cloud.GetAsync("/api/teleconsults"))[0]!;
        (listed["readings"]!.GetValue<int>(), listed["late"]!.GetValue<int>()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task What_was_measured_shortly_before_the_start_is_attached_when_it_starts()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient, start: false);
        await cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Some.Morning.AddMinutes(-1), Some.Patient)),
            Some.Entry(2, Some.BloodPressure(2, Some.Morning, Some.OtherPatient)),
            Some.Entry(3, Some.BloodPressure(3, Some.Morning, Some.Patient)));
        (await cloud.GetAsync($"/api/teleconsults/{id}/readings"))["readings"]!.AsArray().ShouldBeEmpty();
        clock.Advance(TimeSpan.FromMinutes(4.5));

        (await cloud.PostAsync($"/api/teleconsults/{id}/start")).ShouldBe(HttpStatusCode.NoContent);

        (await cloud.GetAsync($"/api/teleconsults/{id}/readings"))["readings"]!.AsArray().Select(reading => reading!["id"]!.GetValue<string>())
            .ShouldBe([Some.BloodPressure(3, Some.Morning, null).Id.ToString()]);
    }
}
