using Telemed.Edge.Local;
using Telemed.Edge.Timing;
using Telemed.Pages;

namespace Telemed.Edge.Tests.Local;

/// <summary>What the state page says of the gateway's clock, for each state that it can be in.</summary>
public sealed class ClockLinesTests
{
    private static readonly DateTimeOffset Ten = new(2026, 11, 22, 16, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");
    private static readonly TimeSpan SinceBoot = TimeSpan.FromHours(2);
    private static readonly TimeFix Fix = new(FixSource.Link, TimeSpan.FromHours(1), Ten, TimeSpan.FromSeconds(1));
    private static readonly ClockState Good = new(
        ClockConfidence.Known, Agreement.Confirmed, TimeSpan.FromMilliseconds(740), BehindLastSeen: false, null, 0, Fix, Fix with { Source = FixSource.System }, Ten, TimeSpan.Zero);

    [Fact]
    public void A_clock_that_is_right_says_so_and_asks_for_nothing() => Lines(Good).ShouldBe(
    [
        "Sincronizada.", "Margen: ± 1 s.", "La caja y la nube coinciden.", "Reloj con pila: al encender marcaba 22/11/2026 10:00.",
    ]);

    [Fact]
    public void A_clock_of_which_nothing_is_known_says_what_to_do()
    {
        var lines = Lines(Good with { Confidence = ClockConfidence.Unknown, Agreement = Agreement.Silent, Uncertainty = null, LastFromCloud = null, LastFromSystem = null, Chip = null, MachineOffBy = null });
        lines[0].ShouldStartWith("No confiable");
        lines[1].ShouldContain("Conéctela a internet");
        lines[2].ShouldStartWith("Sin reloj con pila");
        lines.Length.ShouldBe(3);
    }

    [Fact]
    public void A_chip_alone_is_an_estimate_with_its_margin_and_its_source()
    {
        var lines = Lines(Good with { Confidence = ClockConfidence.Estimated, Agreement = Agreement.Silent, Uncertainty = TimeSpan.FromSeconds(601), LastFromCloud = null, LastFromSystem = null });
        lines[0].ShouldStartWith("Aproximada");
        lines[1].ShouldBe("Margen: ± 11 min.");
        lines[2].ShouldBe("La confirma una sola fuente (el reloj con pila).");
    }

    [Theory]
    [InlineData(true, "la nube")]
    [InlineData(false, "el reloj de la caja")]
    public void One_source_alone_is_named(bool cloud, string named) =>
        Lines(Good with { Agreement = Agreement.Alone, LastFromCloud = cloud ? Fix : null }).ShouldContain($"La confirma una sola fuente ({named}).");

    [Fact]
    public void Sources_that_contradict_each_other_are_for_support_and_do_not_stop_the_work() =>
        Lines(Good with { Agreement = Agreement.Disputed }).ShouldContain("La hora de la caja y la de la nube no coinciden. Puede medir; avise a soporte hoy.");

    [Fact]
    public void A_clock_that_fell_behind_says_that_and_not_also_by_how_much()
    {
        var lines = Lines(Good with { BehindLastSeen = true, MachineOffBy = TimeSpan.FromDays(-20000) });
        lines.ShouldContain(line => line.StartsWith("El reloj de la caja se quedó atrás", StringComparison.Ordinal));
        lines.ShouldNotContain(line => line.Contains("está mal por", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(-61, true)]
    public void A_machine_clock_that_is_off_is_told_from_a_minute_on(int seconds, bool told) =>
        Lines(Good with { MachineOffBy = TimeSpan.FromSeconds(seconds) }).Any(line => line.Contains("está mal por 1 min", StringComparison.Ordinal)).ShouldBe(told);

    [Theory]
    [InlineData(3600, 1, "movió el reloj de la caja +1 h 00 min, hace 30 min", false)]
    [InlineData(-120, 3, "movió el reloj de la caja \u22122 min, hace 30 min", true)]
    public void A_move_is_told_with_its_size_and_its_age_and_many_moves_are_for_support(int seconds, int moves, string said, bool support)
    {
        var at = new GatewayMoment(Guid.NewGuid(), SinceBoot - TimeSpan.FromMinutes(30), Ten, ClockConfidence.Unknown);
        var lines = Lines(Good with { LastMove = new ClockMove(at, TimeSpan.FromSeconds(seconds)), Moves = moves });
        lines.ShouldContain(line => line.Contains(said, StringComparison.Ordinal));
        lines.Any(line => line.StartsWith("Se ha movido 3 veces", StringComparison.Ordinal)).ShouldBe(support);
    }

    private static string[] Lines(ClockState state) => [.. ClockLines.Of(state, SinceBoot, Zone, Texts.Spanish)];
}
