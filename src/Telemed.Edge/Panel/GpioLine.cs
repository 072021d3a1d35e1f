using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using static Telemed.Edge.Panel.GpioUapi;

namespace Telemed.Edge.Panel;

/// <summary>A line could not be had, or is gone. The message is for whoever mends the panel; it begins with the setting.</summary>
internal sealed class GpioException(string message) : IOException(message);

/// <summary>One line of a GPIO chip, ours until it is disposed. Values are logical: active-low is the kernel's business.</summary>
internal sealed class GpioLine : IDisposable
{
    private const short Readable = 0x01;
    private const int InvalidArgument = 22;
    private const int NotSupported = 95;
    private const int DeviceBusy = 16;

    private readonly SafeFileHandle _fd;
    private readonly string _setting;

    private GpioLine(SafeFileHandle fd, string setting) => (_fd, _setting) = (fd, setting);

    /// <summary>
    /// Takes a line. <paramref name="chip"/> is a device file or a label, <paramref name="line"/> a number or a name, and
    /// <paramref name="key"/> the setting that says so. Throws <see cref="GpioException"/>.
    /// </summary>
    public static GpioLine Open(string key, string chip, string line, LineFlags flags, TimeSpan debounce = default)
    {
        using var device = OpenChip(chip);
        var info = new ChipInfo();
        if (Control(device, GetChipInfo, ref info) < 0)
        {
            throw new GpioException($"Panel:Chip is '{chip}'; it is no GPIO chip: {LastError()}");
        }

        var setting = $"{key} is '{line}'";
        var offset = Resolve(device, setting, line, info);
        var request = new LineRequest { LineCount = 1, Config = new LineConfig { Flags = flags } };
        request.Offsets[0] = offset;
        "telemed"u8.CopyTo(request.Consumer);
        if (debounce > TimeSpan.Zero)
        {
            request.Config.AttributeCount = 1;
            request.Config.Attributes[0] = new ConfigAttribute
            {
                Attribute = new() { Id = AttributeDebounce, DebounceMicroseconds = (uint)debounce.TotalMicroseconds },
                Mask = 1,
            };
        }

        if (Control(device, GetLine, ref request) >= 0)
        {
            return new GpioLine(new SafeFileHandle(request.Fd, ownsHandle: true), setting);
        }

        // A chip that does not debounce leaves it to us: a press has a shortest length anyway.
        var error = Marshal.GetLastPInvokeError();
        if (debounce > TimeSpan.Zero && error is InvalidArgument or NotSupported)
        {
            return Open(key, chip, line, flags);
        }

        throw new GpioException(error == DeviceBusy
            ? $"{setting}; the line is in use by '{LineOf(device, offset)?.Consumer}'"
            : $"{setting}; the line cannot be had: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The level now. Throws <see cref="GpioException"/> when the chip is gone.</summary>
    public bool Read()
    {
        var values = new LineValues { Mask = 1 };
        return Control(_fd, GetValues, ref values) >= 0 ? (values.Bits & 1) != 0 : throw Gone();
    }

    /// <summary>Sets the level. Throws <see cref="GpioException"/> when the chip is gone.</summary>
    public void Write(bool active)
    {
        var values = new LineValues { Mask = 1, Bits = active ? 1UL : 0 };
        if (Control(_fd, SetValues, ref values) < 0)
        {
            throw Gone();
        }
    }

    /// <summary>Waits for changes at most so long and gives them in order. Throws <see cref="GpioException"/> when the chip is gone.</summary>
    public IReadOnlyList<ButtonEdge> WaitForEdges(TimeSpan atMost)
    {
        var polled = new Polled { Fd = (int)_fd.DangerousGetHandle(), Events = Readable };
        var ready = Poll(ref polled, 1, (int)atMost.TotalMilliseconds);
        if (ready <= 0 || (polled.Returned & Readable) == 0)
        {
            // Nothing came, or all that came is that the chip went: asking for the level tells.
            Read();
            return [];
        }

        var events = new LineEvent[16];
        var octets = (nuint)(events.Length * Marshal.SizeOf<LineEvent>());
        var read = GpioUapi.Read(_fd, ref events[0], octets);
        return read >= 0
            ? [.. events.Take((int)read / Marshal.SizeOf<LineEvent>()).Select(Edge)]
            : throw Gone();
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    private static ButtonEdge Edge(LineEvent change) =>
        new(change.Id == RisingEdge, TimeSpan.FromTicks((long)(change.TimestampNanoseconds / 100)));

    private static SafeFileHandle OpenChip(string chip)
    {
        if (chip.StartsWith('/'))
        {
            return OpenFile(chip);
        }

        foreach (var file in Directory.EnumerateFiles("/dev", "gpiochip*").Order(StringComparer.Ordinal))
        {
            var device = OpenFile(file);
            var info = new ChipInfo();
            if (Control(device, GetChipInfo, ref info) >= 0 && info.Label.ToString() == chip)
            {
                return device;
            }

            device.Dispose();
        }

        throw new GpioException($"Panel:Chip is '{chip}'; no GPIO chip has this label");
    }

    private static SafeFileHandle OpenFile(string file)
    {
        try
        {
            return File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (UnauthorizedAccessException)
        {
            throw new GpioException($"Panel:Chip: {file} may not be opened; the gateway's user has to be in the group that owns it (gpio)");
        }
        catch (IOException)
        {
            throw new GpioException($"Panel:Chip: {file} is not there");
        }
    }

    private static uint Resolve(SafeFileHandle device, string setting, string line, ChipInfo chip)
    {
        if (uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return offset < chip.Lines
                ? offset
                : throw new GpioException($"{setting}; allowed on {chip.Name} ({chip.Label}): 0 to {chip.Lines - 1}, or a line's name");
        }

        for (offset = 0; offset < chip.Lines; offset++)
        {
            if (LineOf(device, offset)?.Name.ToString() == line)
            {
                return offset;
            }
        }

        throw new GpioException($"{setting}; no line of {chip.Name} ({chip.Label}) has this name; allowed: one that has, or 0 to {chip.Lines - 1}");
    }

    private static LineInfo? LineOf(SafeFileHandle device, uint offset)
    {
        var info = new LineInfo { Offset = offset };
        return Control(device, GetLineInfo, ref info) >= 0 ? info : null;
    }

    private GpioException Gone() => new($"{_setting}; the chip is gone: {LastError()}");

    private static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
}
