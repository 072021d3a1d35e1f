using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace Telemed.Tests;

/// <summary>
/// The machine's own Chromium with one page open. Disposing fails when the page asked another host for anything, broke its content
/// security policy, or wrote an error to the console.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    // Each program's pages bring their own; whichever was built.
    private static readonly string Axe = new[] { "src/Telemed.Cloud/Client", "src/Telemed.Edge/Local/Client" }
        .Select(client => Path.Combine(Repository.Root, client, "node_modules/axe-core/axe.min.js")).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("axe-core is installed by the build of a program with pages.");

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _faults = [];

    private Browser(IPlaywright playwright, IBrowser browser, IPage page, Uri address) =>
        (_playwright, _browser, Page, _address) = (playwright, browser, page, address);

    public IPage Page { get; }

    /// <summary>Set while the test takes the server away: the browser reports that as an error of its own.</summary>
    public bool ServerAway { get; set; }

    public static async Task<Browser> OpenAsync(Uri address, int width = 1280, int height = 720, bool scripts = true, params string[] more)
    {
        File.Exists(Chromium).ShouldBeTrue($"The browser tests need {Chromium}: apt-get install chromium");
        var playwright = await Playwright.CreateAsync();
        var chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = [.. Arguments, .. more], Headless = true });
        var context = await chromium.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            ViewportSize = new() { Width = width, Height = height },
            JavaScriptEnabled = scripts,
            Locale = "es-MX",
        });
        context.SetDefaultTimeout(30_000);
        var browser = new Browser(playwright, chromium, await context.NewPageAsync(), address);
        await browser.WatchAsync();
        return browser;
    }

    /// <summary>Waits until the element says this, for half a minute or as long as is said.</summary>
    public Task SaysAsync(string selector, string text, TimeSpan? within = null) =>
        Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = (float)(within ?? TimeSpan.FromSeconds(30)).TotalMilliseconds });

    /// <summary>What axe-core calls serious or critical on the page as it stands.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync()
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Axe) + "; 0");
        var found = await Page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run()).violations.map(v => ({ rule: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html + ' ' + n.failureSummary) }))");
        return [.. found.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical").Select(v => v.ToString())];
    }

    /// <summary>A picture beside the test's output, for people to look at.</summary>
    public Task PictureAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "pictures", name + ".png") });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        _faults.ShouldBeEmpty();
    }

    private async Task WatchAsync()
    {
        await Page.Context.ExposeFunctionAsync("telemedViolation", (string what) => _faults.Enqueue("content security policy: " + what));
        await Page.AddInitScriptAsync(
            "document.addEventListener('securitypolicyviolation', e => telemedViolation(e.violatedDirective + ' ' + e.blockedURI))");
        Page.PageError += (_, error) => _faults.Enqueue("script: " + error);
        Page.Request += (_, request) =>
        {
            if (new Uri(request.Url).Authority != _address.Authority)
            {
                _faults.Enqueue("another host: " + request.Url);
            }
        };
        Page.Console += (_, message) =>
        {
            // An answer of 401 or 404 that the test asked for is written as an error too.
            if (message.Type == "error" && !ServerAway && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _faults.Enqueue("console: " + message.Text);
            }
        };
    }
}
