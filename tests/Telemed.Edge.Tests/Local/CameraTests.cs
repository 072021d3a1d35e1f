using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using QRCoder;
using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;

namespace Telemed.Edge.Tests.Local;

/// <summary>
/// The tablet's camera as a scanner. Chromium on Linux has no BarcodeDetector, so that a tablet's is stood in for by one of the same shape that really
/// decodes the frames; camera, frames, permission and page are real: Chromium's camera device plays a film of the code.
/// </summary>
public sealed class CameraTests : IAsyncLifetime
{
    private const int Width = 640;
    private const int Height = 480;
    private readonly string _film = Path.Combine(Path.GetTempPath(), $"camera-{Guid.NewGuid():N}.y4m");
    private NurseStation _station = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllBytesAsync(_film, Film($"{NursePage.FirstCurp}||PRUEBA|DEMOSTRACION|MARIA ELENA|MUJER|12/04/1961|NUEVO LEON|19|"));
        _station = await NursePage.StationAsync("cuff", []);
    }

    public async Task DisposeAsync()
    {
        await _station.DisposeAsync();
        File.Delete(_film);
    }

    [Fact]
    public async Task The_square_code_before_the_camera_opens_the_session_and_the_camera_goes_off()
    {
        await using var browser = await OpenAsync(detector: true);
        await browser.Page.Context.GrantPermissionsAsync(["camera"]);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("[data-camera-start]");
        await browser.SaysAsync("#now-name", "María Elena Prueba Demostración");
        await Assertions.Expect(browser.Page.Locator("#camera")).ToBeHiddenAsync();
        await browser.Page.WaitForFunctionAsync("document.querySelector('#camera video').srcObject === null");
        _station.Part<Sessions>().Recent.ShouldHaveSingleItem().Patient.ShouldBe(NursePage.First);
    }

    [Fact]
    public async Task A_camera_that_is_not_permitted_says_what_to_do_and_leaves_the_page_as_it_was()
    {
        await using var browser = await OpenAsync(detector: true);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("[data-camera-start]");
        await browser.SaysAsync("#camera", "No se pudo usar la cámara. Permita su uso en el navegador, o escriba la CURP.");
        (await browser.BarriersAsync()).ShouldBeEmpty();
        await browser.PictureAsync("camara-no-permitida");
        await browser.Page.ClickAsync("#camera button");
        await Assertions.Expect(browser.Page.Locator("#camera")).ToBeHiddenAsync();
        _station.Part<Sessions>().Recent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_browser_that_cannot_read_codes_shows_no_camera_and_the_field_takes_a_scanner_or_a_hand()
    {
        await using var browser = await OpenAsync(detector: false);
        await browser.BeginAsync();
        await Assertions.Expect(browser.Page.Locator("[data-camera-start]")).ToBeHiddenAsync();
        (await browser.Page.GetAttributeAsync("#scan", "placeholder")).ShouldBe("Nombre, CURP, NSS o escanear");
        await browser.Page.Keyboard.TypeAsync(NursePage.FirstCurp);
        await browser.Page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now-name", "María Elena");
    }

    private async Task<Browser> OpenAsync(bool detector)
    {
        var browser = await Browser.OpenAsync(
            _station.Address, NursePage.Tablet.Width, NursePage.Tablet.Height, true, "--use-fake-device-for-media-stream", $"--use-file-for-fake-video-capture={_film}");
        await browser.Page.AddInitScriptAsync(!detector ? "delete globalThis.BarcodeDetector" :
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src/Telemed.Edge/Local/Client/node_modules/jsqr/dist/jsQR.js")) +
            """

            globalThis.BarcodeDetector = class {
                async detect(video) {
                    const picture = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext('2d');
                    picture.drawImage(video, 0, 0);
                    const { data, width, height } = picture.getImageData(0, 0, video.videoWidth, video.videoHeight);
                    const code = jsQR(data, width, height);
                    return code === null ? [] : [{ rawValue: code.data }];
                }
            };
            """);
        return browser;
    }

    // Some frames of grey with the code in the middle, as an uncompressed film.
    private static byte[] Film(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix;
        var scale = (Height - 40) / modules.Count;
        var (left, top) = ((Width - (modules.Count * scale)) / 2, (Height - (modules.Count * scale)) / 2);
        var frame = new byte[Width * Height * 3 / 2];
        Array.Fill(frame, (byte)128);
        for (var y = 0; y < modules.Count * scale; y++)
        {
            for (var x = 0; x < modules.Count * scale; x++)
            {
                frame[((top + y) * Width) + left + x] = modules[y / scale][x / scale] ? (byte)16 : (byte)235;
            }
        }

        using var film = new MemoryStream();
        film.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"YUV4MPEG2 W{Width} H{Height} F10:1 Ip A1:1 C420jpeg\n")));
        for (var i = 0; i < 5; i++)
        {
            film.Write("FRAME\n"u8);
            film.Write(frame);
        }

        return film.ToArray();
    }
}
