using System.Globalization;
using System.Text.Json;

namespace Telemed.Link.Tests;

/// <summary>
/// The bad link as a process: <c>relay --to PORT [--port PORT] [WEATHER …]</c>. Prints one JSON line with its port, then does what the lines of
/// its input say and answers each with a JSON line of what it has carried: <c>hole</c>, <c>clear</c>, <c>reset</c>, <c>cut</c>, <c>restore</c>,
/// <c>counts</c>, or a weather: <c>rate=8000 rtt=600 jitter=50 loss=0.05 queue=32768</c> (bytes a second, milliseconds, part of one, bytes; what is
/// left out stays). Ends with its input.
/// </summary>
internal static class RelayCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = arguments.Chunk(2).TakeWhile(pair => pair[0].StartsWith("--", StringComparison.Ordinal)).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1));
        if (!int.TryParse(options.GetValueOrDefault("--to"), out var target))
        {
            await Console.Error.WriteLineAsync($"--to \"{options.GetValueOrDefault("--to")}\": the port to relay to is needed");
            return 2;
        }

        var port = int.Parse(options.GetValueOrDefault("--port") ?? "0", CultureInfo.InvariantCulture);
        await using var link = new BadLink(target, With(LinkWeather.Good, arguments[(options.Count * 2)..]), port: port);
        Tell(link);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Do(link, line.Trim());
            Tell(link);
        }

        return 0;
    }

    private static void Do(BadLink link, string line)
    {
        switch (line)
        {
            case "hole":
                link.BlackHole();
                break;
            case "clear":
                link.Clear();
                break;
            case "reset":
                link.Reset();
                break;
            case "cut":
                link.Cut();
                break;
            case "restore":
                link.Restore();
                break;
            case "counts":
                break;
            default:
                link.Weather = With(link.Weather, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                break;
        }
    }

    private static void Tell(BadLink link) => Console.WriteLine(JsonSerializer.Serialize(new
    {
        port = link.Port,
        up = link.BytesUp,
        down = link.BytesDown,
        lost = link.Lost,
        connected = link.Connected,
    }));

    private static LinkWeather With(LinkWeather weather, IEnumerable<string> words) => words.Aggregate(weather, (present, word) =>
    {
        var parts = word.Split('=', 2);
        var value = parts.Length == 2 && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"\"{word}\": KEY=NUMBER is needed");
        return parts[0] switch
        {
            "rate" => present with { BytesPerSecond = (int)value },
            "rtt" => present with { RoundTrip = TimeSpan.FromMilliseconds(value) },
            "jitter" => present with { Jitter = TimeSpan.FromMilliseconds(value) },
            "loss" => present with { Loss = value },
            "queue" => present with { QueueBytes = (int)value },
            _ => throw new FormatException($"\"{word}\": rate, rtt, jitter, loss and queue are known"),
        };
    });
}
