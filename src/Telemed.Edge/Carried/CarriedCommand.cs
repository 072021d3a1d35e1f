using Telemed.Edge.Outbox;

namespace Telemed.Edge.Carried;

/// <summary>
/// <c>carried write FOLDER</c> and <c>carried receipts FOLDER</c>: the same work as by the page, on the files of a gateway that does not run.
/// Settings as the gateway's own.
/// </summary>
internal static class CarriedCommand
{
    private const int WrongUse = 64;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments is not [var verb and ("write" or "receipts"), var folder, .. var settings])
        {
            await errors.WriteLineAsync("carried write FOLDER [settings]     all readings without a receipt, sealed for the cloud").ConfigureAwait(false);
            await errors.WriteLineAsync("carried receipts FOLDER [settings]  takes the receipts that the cloud has given back").ConfigureAwait(false);
            return WrongUse;
        }

        folder = Path.GetFullPath(folder);
        try
        {
            await using var app = EdgeHost.Build([.. settings, $"--Carried:Folder={folder}"]);
            var sync = app.Services.GetRequiredService<CarriedSync>();
            if (verb == "write")
            {
                await LetGoAsync(app.Services.GetRequiredService<DurableOutbox>()).ConfigureAwait(false);
            }

            var end = verb == "write"
                ? await sync.WriteAsync(folder, CancellationToken.None).ConfigureAwait(false)
                : await sync.TakeReceiptsAsync(folder, CancellationToken.None).ConfigureAwait(false);
            await output.WriteLineAsync($"{end.Step} {end.Done} {end.File}{end.Problem}").ConfigureAwait(false);
            return end.Problem is null ? 0 : 1;
        }
        catch (IOException e)
        {
            await errors.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    // What was held for the rest of it goes as it is: nothing is left behind in a box that may not run again.
    private static async Task LetGoAsync(DurableOutbox outbox)
    {
        if (outbox.Held() is { Count: > 0 } held)
        {
            await outbox.AppendAsync(new OutboxWrite { Release = [.. held.Select(row => row.Capture)] }).ConfigureAwait(false);
        }
    }
}
