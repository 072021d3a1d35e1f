using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Telemed.Edge.Panel;

/// <summary>
/// The kernel's GPIO character device, version 2: the structs and calls of linux/gpio.h that the panel needs, in the kernel's words.
/// A stable contract of the kernel; the layout is checked against that header in the tests.
/// </summary>
internal static class GpioUapi
{
    // _IOR/_IOWR(0xB4, number, struct), which have the struct's size in them.
    internal const nuint GetChipInfo = 0x8044_B401;
    internal const nuint GetLineInfo = 0xC100_B405;
    internal const nuint GetLine = 0xC250_B407;
    internal const nuint GetValues = 0xC010_B40E;
    internal const nuint SetValues = 0xC010_B40F;

    internal const uint AttributeDebounce = 3;
    internal const uint RisingEdge = 1;

    [Flags]
    internal enum LineFlags : ulong
    {
        None = 0,
        ActiveLow = 0x002,
        Input = 0x004,
        Output = 0x008,
        EdgeRising = 0x010,
        EdgeFalling = 0x020,
        BiasPullUp = 0x100,
        BiasPullDown = 0x200,
        BiasDisabled = 0x400,
    }

    [InlineArray(32)]
    internal struct Text
    {
        private byte _first;

        public override readonly string ToString()
        {
            ReadOnlySpan<byte> octets = this;
            var end = octets.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? octets : octets[..end]);
        }
    }

    [InlineArray(64)]
    internal struct Offsets
    {
        private uint _first;
    }

    [InlineArray(5)]
    internal struct Padding5
    {
        private uint _first;
    }

    [InlineArray(6)]
    internal struct Padding6
    {
        private uint _first;
    }

    [InlineArray(10)]
    internal struct Attributes
    {
        private Attribute _first;
    }

    [InlineArray(10)]
    internal struct ConfigAttributes
    {
        private ConfigAttribute _first;
    }

    /// <summary>struct gpiochip_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ChipInfo
    {
        public Text Name;
        public Text Label;
        public uint Lines;
    }

    /// <summary>struct gpio_v2_line_attribute; the value is a union, of which the debounce period has the first four octets.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct Attribute
    {
        [FieldOffset(0)]
        public uint Id;

        [FieldOffset(8)]
        public uint DebounceMicroseconds;
    }

    /// <summary>struct gpio_v2_line_config_attribute.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ConfigAttribute
    {
        public Attribute Attribute;
        public ulong Mask;
    }

    /// <summary>struct gpio_v2_line_config.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LineConfig
    {
        public LineFlags Flags;
        public uint AttributeCount;
        public Padding5 Padding;
        public ConfigAttributes Attributes;
    }

    /// <summary>struct gpio_v2_line_request.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LineRequest
    {
        public Offsets Offsets;
        public Text Consumer;
        public LineConfig Config;
        public uint LineCount;
        public uint EventBufferSize;
        public Padding5 Padding;
        public int Fd;
    }

    /// <summary>struct gpio_v2_line_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LineInfo
    {
        public Text Name;
        public Text Consumer;
        public uint Offset;
        public uint AttributeCount;
        public LineFlags Flags;
        public Attributes Attributes;
        private readonly uint _padding0;
        private readonly uint _padding1;
        private readonly uint _padding2;
        private readonly uint _padding3;
    }

    /// <summary>struct gpio_v2_line_values.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LineValues
    {
        public ulong Bits;
        public ulong Mask;
    }

    /// <summary>struct gpio_v2_line_event; the time is that of CLOCK_MONOTONIC.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LineEvent
    {
        public ulong TimestampNanoseconds;
        public uint Id;
        public uint Offset;
        public uint Number;
        public uint LineNumber;
        public Padding6 Padding;
    }

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Polled
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    // ioctl has a variable argument, which Linux passes like any other on the processors that a gateway has (x86-64, arm, arm64).
    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static extern int Control(SafeFileHandle fd, nuint request, ref ChipInfo info);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static extern int Control(SafeFileHandle fd, nuint request, ref LineInfo info);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static extern int Control(SafeFileHandle fd, nuint request, ref LineRequest line);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static extern int Control(SafeFileHandle fd, nuint request, ref LineValues values);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static extern nint Read(SafeFileHandle fd, ref LineEvent first, nuint octets);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static extern int Poll(ref Polled polled, nuint count, int milliseconds);
}
