using Telemed.Cloud.Tests.Pages;

namespace Telemed.Cloud.Tests.Calls;

/// <summary>What one end of a call does and sees.</summary>
internal static class CallingBrowser
{
    // Chromium leaves the loopback interface out of a call unless told otherwise.
    private static readonly string[] Arguments =
        ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns"];

    public static async Task<Browser> OpenAsync(Uri address, string path)
    {
        var browser = await Browser.OpenAsync(address, 1280, 720, true, Arguments);
        await browser.SignInAsync();
        await browser.Page.GotoAsync(path);
        return browser;
    }

    public static Task JoinAsync(this Browser browser) => browser.Page.ClickAsync("#call-join");

    /// <summary>Ten more pictures from the other side than there were.</summary>
    public static Task SeesTheOtherAsync(this Browser browser) => MoreAsync(
        browser, "document.getElementById('call-other').getVideoPlaybackQuality().totalVideoFrames", 10, "pictures of the other side");

    /// <summary>The other side's sound arrives: the invented microphone beeps once a second.</summary>
    public static async Task HearsTheOtherAsync(this Browser browser)
    {
        await browser.Page.EvaluateAsync("""
            () => {
              const context = new AudioContext(), analyser = context.createAnalyser();
              context.createMediaStreamSource(document.getElementById('call-other').srcObject).connect(analyser);
              const samples = new Float32Array(analyser.fftSize);
              window.loudest = 0;
              setInterval(() => {
                analyser.getFloatTimeDomainData(samples);
                window.loudest = Math.max(window.loudest, ...samples.map(Math.abs));
              }, 20);
            }
            """);
        await RunningCloud.EventuallyAsync("the other side's voice", async () => await browser.Page.EvaluateAsync<double>("window.loudest") > 0.01);
    }

    private static async Task MoreAsync(Browser browser, string count, int more, string what)
    {
        // A new connection begins to count anew.
        var last = long.MaxValue;
        var grown = 0L;
        await RunningCloud.EventuallyAsync(what, async () =>
        {
            var now = await browser.Page.EvaluateAsync<long>(count);
            grown = now < last ? 0 : grown + now - last;
            last = now;
            return grown >= more;
        });
    }
}
