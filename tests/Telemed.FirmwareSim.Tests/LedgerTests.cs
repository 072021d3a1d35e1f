namespace Telemed.FirmwareSim.Tests;

public sealed class LedgerTests : IDisposable
{
    private const string Meter = "C0:FF:EE:02:00:01";
    private readonly TempFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "ledger.jsonl");

    [Fact]
    public void A_torn_last_line_never_happened()
    {
        using (var ledger = Ledger.Open(_folder.Path))
        {
            ledger.Append(Reading(LedgerEvent.Measured, 1));
            ledger.Append(Reading(LedgerEvent.Sent, 1));
            ledger.Append(Reading(LedgerEvent.Measured, 2));
        }

        using (var file = System.IO.File.OpenWrite(File))
        {
            file.SetLength(file.Length - 20);
        }

        using (var ledger = Ledger.Open(_folder.Path))
        {
            ledger.Of(Meter).LastNumber.ShouldBe(1);
            ledger.Of(Meter).WasSent(1).ShouldBeTrue();
            ledger.Append(Reading(LedgerEvent.Measured, 2));
        }

        using var again = Ledger.Open(_folder.Path);
        again.Of(Meter).Measured.ShouldBe(2);
        System.IO.File.ReadAllLines(File).Length.ShouldBe(3);
    }

    [Fact]
    public void A_broken_line_in_the_middle_is_an_error_that_names_it()
    {
        System.IO.File.WriteAllText(File, "{\"event\":\"measured\"\n{}\n");
        Should.Throw<InvalidDataException>(() => Ledger.Open(_folder.Path)).Message.ShouldContain("ledger.jsonl, line 1");
    }

    [Fact]
    public void Each_line_is_on_disk_before_the_call_returns()
    {
        using var ledger = Ledger.Open(_folder.Path);
        ledger.Append(Reading(LedgerEvent.Measured, 1));
        using var reader = new StreamReader(new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        reader.ReadToEnd().ShouldBe(
            "{\"event\":\"measured\",\"meter\":\"C0:FF:EE:02:00:01\",\"kind\":\"bloodPressure\",\"number\":1,"
            + "\"time\":\"2026-11-22T15:00:00+00:00\",\"frame\":\"0094005c006f00\"}\n");
    }

    [Fact]
    public void A_reading_sent_twice_counts_once()
    {
        using var ledger = Ledger.Open(_folder.Path);
        ledger.Append(Reading(LedgerEvent.Measured, 1));
        ledger.Append(Reading(LedgerEvent.Sent, 1));
        ledger.Append(Reading(LedgerEvent.Sent, 1));
        ledger.Of(Meter).Sent.ShouldBe(1);
    }

    public void Dispose() => _folder.Dispose();

    private static LedgerLine Reading(LedgerEvent @event, long number) => new()
    {
        Event = @event,
        Meter = Meter,
        Kind = ReadingKind.BloodPressure,
        Number = number,
        Time = new DateTimeOffset(2026, 11, 22, 15, 0, 0, TimeSpan.Zero),
        Frame = "0094005c006f00",
    };
}
