using System.Globalization;
using Spectre.Console;

namespace Telemed.Demo;

/// <summary>
/// What a person at the terminal sees: a table that follows the counts, or plain lines where the output is no terminal.
/// Everything goes to standard error, so that standard output holds the verdict alone.
/// </summary>
internal sealed class Screen(Stack stack)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PlainBeat = TimeSpan.FromSeconds(5);

    private readonly IAnsiConsole _console = NewConsole();

    public void Tell(string step) => _console.MarkupLineInterpolated($"[grey]· {step}[/]");

    public void Welcome()
    {
        _console.WriteLine();
        _console.MarkupLineInterpolated($"[bold]Teleconsult, live:[/]  {stack.CloudAddress}teleconsulta/{stack.Teleconsult}");
        _console.MarkupLineInterpolated($"[bold]All teleconsults:[/]   {stack.CloudAddress}");
        _console.MarkupLineInterpolated($"[bold]Nurse's page:[/]       {stack.GatewayAddress}");
        _console.MarkupLineInterpolated($"[bold]Demo sign-in:[/]       {Stack.User} / {stack.Password}");
        _console.MarkupLineInterpolated($"[bold]Nurse at the unit:[/]  {Clinic.Nurses[0].Name}, PIN {Clinic.Nurses[0].Pin}");
        _console.MarkupLine("[grey]Ctrl-C stops everything.[/]");
        _console.WriteLine();
    }

    /// <summary>Follows the counts until it is cancelled.</summary>
    public async Task ShowAsync(CancellationToken stop)
    {
        if (Console.IsErrorRedirected)
        {
            while (!stop.IsCancellationRequested)
            {
                await PauseAsync(PlainBeat, stop);
                _console.WriteLine(await PlainAsync());
            }

            return;
        }

        await _console.Live(new Text("")).StartAsync(async live =>
        {
            while (!stop.IsCancellationRequested)
            {
                live.UpdateTarget(await TableAsync());
                await PauseAsync(Beat, stop);
            }
        });
    }

    private static IAnsiConsole NewConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected)
        {
            // A log has no width: an address must stay in one piece.
            console.Profile.Width = 1000;
        }

        return console;
    }

    private static Task PauseAsync(TimeSpan pause, CancellationToken stop) =>
        Task.Delay(pause, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private async Task<string> PlainAsync()
    {
        try
        {
            var counts = await stack.CountAsync();
            return string.Create(CultureInfo.InvariantCulture,
                $"measured {counts.Measured}, waiting {counts.Waiting}, stored {counts.Stored}, attached {counts.Attached}, link {counts.Link}");
        }
        catch (Exception e) when (Stack.IsPassing(e))
        {
            return "a part is being started again: " + string.Join(", ", Parts().Where(part => part.Part.ProcessId == 0).Select(part => part.Name));
        }
    }

    private async Task<Table> TableAsync()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("what").AddColumn(new TableColumn("count").RightAligned());
        Counts? counts = null;
        try
        {
            counts = await stack.CountAsync();
        }
        catch (Exception e) when (Stack.IsPassing(e))
        {
            // Shown as "…" until the part is back.
        }

        string Number(Func<Counts, long> of) => counts is null ? "…" : of(counts).ToString("N0", CultureInfo.InvariantCulture);
        table.AddRow("measured by the meters", Number(c => c.Measured));
        table.AddRow("durable in the gateway", Number(c => c.Durable));
        table.AddRow("waiting to be receipted", Number(c => c.Waiting));
        table.AddRow("stored in the record", Number(c => c.Stored));
        table.AddRow("as readings", Number(c => c.Readings));
        table.AddRow("attached to the teleconsult", Number(c => c.Attached));
        table.AddRow("duplicates (sent again)", Number(c => c.Duplicates));
        table.AddRow("refused", Number(c => c.Refused));
        table.AddRow("link of the gateway", counts?.Link ?? "…");
        table.Caption(string.Join(" · ", Parts().Select(part => $"{part.Name} {(part.Part.ProcessId is > 0 and var id ? $"process {id}" : "starting")}{(part.Part.Restarts > 0 ? $", started again {part.Part.Restarts}×" : "")}")));
        return table;
    }

    private (string Name, Part Part)[] Parts() => [("meters", stack.Meters.Part), ("gateway", stack.Gateway), ("cloud", stack.Cloud)];
}
