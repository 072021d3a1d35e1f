using System.Globalization;
using Telemed.Edge.Tests.Ble;
using Xunit.Abstractions;

namespace Telemed.Edge.Tests.Local;

/// <summary>
/// What a patient costs a nurse beyond the measurement itself, by the keystroke-level model (Card, Moran and Newell, 1980): each press is made in
/// the browser and counted, each thought and each look is written down beside it, and what the machine takes is measured.
/// </summary>
public sealed class NurseTimeTests(ITestOutputHelper output)
{
    // Seconds: to think of the next step, to point at a place, to press, to strike a key (average typist), to take something into the hand.
    private const double Mental = 1.35;
    private const double Point = 1.1;
    private const double Press = 0.2;
    private const double Key = 0.28;
    private const double Hand = 0.4;

    // To read a name and a birth date and compare them with the answer: 8 words at 200 a minute.
    private const double CheckIdentity = Mental + (8 * 60 / 200.0);

    // To see that a value has come and is plausible, for pressure and for glucose.
    private const double LookAtValues = 2 * Mental;

    private const double Aim = 13;

    // Who is on no list and has no card costs the letters of a name besides.
    private const double SearchAim = 15;

    [Fact]
    public async Task A_patient_on_the_list_or_with_a_card_costs_less_than_13_seconds_beyond_the_measurement()
    {
        await using var station = await NursePage.StationAsync("cuff", []);
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();

        var next = await MeasuredAsync(browser, "María Elena", () => browser.Page.ClickAsync("#next-go"));
        Tell("the next on the list", presses: 1, keys: 0, Mental + Point + Press + CheckIdentity + LookAtValues, next);
        var scan = await MeasuredAsync(browser, "Rosa Isela", async () =>
        {
            await browser.Page.Keyboard.TypeAsync("HEGR790305MNLRNS05");
            await browser.Page.Keyboard.PressAsync("Enter");
        });
        Tell("a scanned CURP", presses: 1, keys: 0, Mental + Hand + Point + Press + CheckIdentity + LookAtValues, scan);
        var pick = await MeasuredAsync(browser, "Ana Sofía", () => browser.Page.ClickAsync("#people >> text=Ana Sofía"));
        Tell("anybody on the list", presses: 1, keys: 0, Mental + Mental + Point + Press + CheckIdentity + LookAtValues, pick);
        var search = await MeasuredAsync(browser, "Juan Manuel", async () =>
        {
            await browser.Page.ClickAsync("#scan");
            await browser.Page.Keyboard.TypeAsync("lopez");
            await browser.Page.ClickAsync("#found .pick");
        });
        Tell("a search by name", presses: 2, keys: 5, Mental + Point + Press + Hand + (5 * Key) + Mental + Point + Press + CheckIdentity + LookAtValues, search, SearchAim);
    }

    private void Tell(string way, int presses, int keys, double person, double machine, double aim = Aim)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{way}: {presses} presses, {keys} keys, {person:0.0} s of the nurse and {machine:0.0} s of the machine = {person + machine:0.0} s"));
        (person + machine).ShouldBeLessThan(aim, way);
    }

    private static async Task<double> MeasuredAsync(Browser browser, string name, Func<Task> act)
    {
        var start = TimeProvider.System.GetTimestamp();
        await act();
        await browser.SaysAsync("#now-name", name);
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }
}
