using System.Collections.Immutable;
using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

public sealed class NurseTests : IDisposable
{
    private const string Pin = "2468";
    private readonly UnitBench _unit = new();

    public NurseTests() => _unit.Roster.Apply(new UnitRoster(
        1, UnitBench.Noon, "DGIMB000999", "Unidad de prueba", "America/Monterrey", [],
        [new Nurse(UnitBench.Nurse, "Rosa", PinVerifier.Of(Pin, 1000)), new Nurse("enf.luis", "Luis", PinVerifier.Of("1357", 1000))], [], [], []));

    [Fact]
    public async Task The_right_pin_is_accepted_and_a_wrong_one_and_no_account_are_answered_alike()
    {
        var accepted = await _unit.Nurses.VerifyAsync(UnitBench.Nurse, Pin);
        (accepted.Answer, accepted.Nurse!.DisplayName).ShouldBe((PinAnswer.Accepted, "Rosa"));

        (await _unit.Nurses.VerifyAsync(UnitBench.Nurse, "0000")).ShouldBe(new PinOutcome(PinAnswer.Wrong, null, TimeSpan.Zero));
        (await _unit.Nurses.VerifyAsync("nobody", Pin)).ShouldBe(new PinOutcome(PinAnswer.Wrong, null, TimeSpan.Zero));
    }

    [Fact]
    public async Task Wrong_pins_cost_time_that_doubles_and_not_even_the_right_one_is_looked_at_meanwhile()
    {
        var waits = ImmutableArray.CreateBuilder<double>();
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var outcome = await _unit.Nurses.VerifyAsync(UnitBench.Nurse, "0000");
            outcome.Answer.ShouldBe(PinAnswer.Wrong);
            waits.Add(outcome.WaitFor.TotalSeconds);
            if (outcome.WaitFor > TimeSpan.Zero)
            {
                (await _unit.Nurses.VerifyAsync(UnitBench.Nurse, Pin)).Answer.ShouldBe(PinAnswer.Wait);
            }

            _unit.Time.Advance(outcome.WaitFor);
        }

        waits.ShouldBe([0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
        (await _unit.Nurses.VerifyAsync("enf.luis", "1357")).Answer.ShouldBe(PinAnswer.Accepted, "another account is another matter");
        (await _unit.Nurses.VerifyAsync(UnitBench.Nurse, Pin)).Answer.ShouldBe(PinAnswer.Accepted);
        (await _unit.Nurses.VerifyAsync(UnitBench.Nurse, "0000")).WaitFor.ShouldBe(TimeSpan.Zero, "the right one wiped the slate");
    }

    [Fact]
    public async Task Pulling_the_plug_and_setting_the_clock_shorten_no_wait()
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            await _unit.Nurses.VerifyAsync(UnitBench.Nurse, "0000");
        }

        _unit.Time.SetWall(UnitBench.Noon.AddYears(1));
        _unit.PowerCut(TimeSpan.FromHours(1));

        var outcome = await _unit.Nurses.VerifyAsync(UnitBench.Nurse, Pin);
        outcome.Answer.ShouldBe(PinAnswer.Wait);
        outcome.WaitFor.ShouldBe(TimeSpan.FromSeconds(15));
        _unit.Time.Advance(outcome.WaitFor);
        (await _unit.Nurses.VerifyAsync(UnitBench.Nurse, Pin)).Answer.ShouldBe(PinAnswer.Accepted);
    }

    [Fact]
    public async Task A_box_that_never_had_a_list_knows_the_nurses_of_its_configuration()
    {
        var options = new AttributionOptions();
        options.Nurses.Add(new NurseSetting { Account = "enf.config", DisplayName = "De configuración", PinVerifier = PinVerifier.Of(Pin, 1000) });
        using var unit = new UnitBench(options);

        (await unit.Nurses.VerifyAsync("enf.config", Pin)).Answer.ShouldBe(PinAnswer.Accepted);
    }

    public void Dispose() => _unit.Dispose();
}
