using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telemed.Edge;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;

namespace Telemed.Morning.Tests;

/// <summary>
/// A gateway between two power cuts: the real rooms from the notification to the outbox, put together as the program does, without a
/// radio, an uplink and a page. Its files lie in <paramref name="folder"/>.
/// </summary>
internal sealed class Box : IAsyncDisposable
{
    // What dies with the process, and room that is only held.
    private static readonly string[] OfTheProcess = ["-shm", ".lock", ".reserve"];

    private readonly ServiceProvider _services;

    // At the start too: a power cut may have come between what became known and the telling of it.
    private bool _clockRevised = true;

    public Box(string folder, BoxTime time, Guid boot, TimeSpan upTime, Func<IVisitSink, IVisitSink> mutation)
    {
        Time = time;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = "morning",
            ["Gateway:Data"] = folder,
            ["Outbox:Path"] = Path.Combine(folder, "outbox.db"),
        }).Build();
        var services = new ServiceCollection();
        services.AddLogging(log => log.AddProvider(Defects).SetMinimumLevel(LogLevel.Error));
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(new BootClock(boot, upTime, time));
        services.AddGateway(configuration);
        services.AddMetrics();
        services.AddTiming(configuration, _ => folder);
        services.AddSingleton<IMachineClock>(time);
        services.AddAttribution(configuration, _ => Path.Combine(folder, "attribution.db"));
        services.AddOutbox(configuration);
        services.AddSingleton(QuirkCatalogue.Embedded);
        services.AddSingleton<ReadingDrafts>();
        services.AddSingleton<SeriesSegments>();
        services.AddSingleton<VitalsPipeline>();
        services.AddSingleton<Redating>();
        _services = services.BuildServiceProvider();
        Sink = mutation(_services.GetRequiredService<VitalsPipeline>());
        Part<GatewayClock>().Revised += () => _clockRevised = true;
    }

    public BoxTime Time { get; }

    /// <summary>Where a visit puts what it brings.</summary>
    public IVisitSink Sink { get; }

    public DurableOutbox Outbox => Part<DurableOutbox>();

    public BootClock Boot => Part<BootClock>();

    public Sessions Sessions => Part<Sessions>();

    public Readings Readings => Part<Readings>();

    public Worklist Worklist => Part<Worklist>();

    public AttributionStore Meters => Part<AttributionStore>();

    /// <summary>What was logged as an error.</summary>
    public DefectLog Defects { get; } = new();

    /// <summary>What the running gateway does whenever more has become known of its clock: dates anew what was captured in the dark.</summary>
    public async Task RedateAsync()
    {
        if (_clockRevised)
        {
            _clockRevised = false;
            await Part<Redating>().RunAsync(CancellationToken.None);
        }
    }

    public T Part<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>
    /// The power is cut: what lies on the disk at this instant is all that is left, and is copied to <paramref name="image"/> as it is, in the midst of
    /// whatever was going on.
    /// </summary>
    public async Task CutAsync(string folder, string image)
    {
        Time.Dead = true;
        Directory.CreateDirectory(image);
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !Array.Exists(OfTheProcess, file.EndsWith)))
        {
            File.Copy(file, Path.Combine(image, Path.GetFileName(file)));
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Time.Dead = true;
        await _services.DisposeAsync();
    }
}

/// <summary>Keeps errors; a morning has none.</summary>
internal sealed class DefectLog : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{eventId.Id} {formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
