using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Telemed.Edge.Panel;
using static Telemed.Edge.Panel.GpioUapi;

namespace Telemed.Edge.Tests.Panel;

/// <summary>The structs against what the kernel's header says: tests/vectors/gpio/uapi-v2.json.</summary>
public class GpioUapiTests
{
    private static readonly JsonNode Header = JsonNode.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "gpio", "uapi-v2.json")))!;

    [Fact]
    public void Chip_information_is_laid_out_as_in_the_header()
    {
        var info = new ChipInfo();
        Size<ChipInfo>("gpiochip_info");
        Offset(ref info, ref info.Name, "gpiochip_info", "name");
        Offset(ref info, ref info.Label, "gpiochip_info", "label");
        Offset(ref info, ref info.Lines, "gpiochip_info", "lines");
    }

    [Fact]
    public void Line_information_is_laid_out_as_in_the_header()
    {
        var info = new LineInfo();
        Size<LineInfo>("gpio_v2_line_info");
        Offset(ref info, ref info.Name, "gpio_v2_line_info", "name");
        Offset(ref info, ref info.Consumer, "gpio_v2_line_info", "consumer");
        Offset(ref info, ref info.Offset, "gpio_v2_line_info", "offset");
        Offset(ref info, ref info.AttributeCount, "gpio_v2_line_info", "num_attrs");
        Offset(ref info, ref info.Flags, "gpio_v2_line_info", "flags");
        Offset(ref info, ref info.Attributes, "gpio_v2_line_info", "attrs");
    }

    [Fact]
    public void A_line_request_is_laid_out_as_in_the_header()
    {
        var request = new LineRequest();
        Size<LineRequest>("gpio_v2_line_request");
        Offset(ref request, ref request.Offsets, "gpio_v2_line_request", "offsets");
        Offset(ref request, ref request.Consumer, "gpio_v2_line_request", "consumer");
        Offset(ref request, ref request.Config, "gpio_v2_line_request", "config");
        Offset(ref request, ref request.LineCount, "gpio_v2_line_request", "num_lines");
        Offset(ref request, ref request.EventBufferSize, "gpio_v2_line_request", "event_buffer_size");
        Offset(ref request, ref request.Fd, "gpio_v2_line_request", "fd");
    }

    [Fact]
    public void A_line_s_configuration_is_laid_out_as_in_the_header()
    {
        var config = new LineConfig();
        Size<LineConfig>("gpio_v2_line_config");
        Offset(ref config, ref config.Flags, "gpio_v2_line_config", "flags");
        Offset(ref config, ref config.AttributeCount, "gpio_v2_line_config", "num_attrs");
        Offset(ref config, ref config.Attributes, "gpio_v2_line_config", "attrs");

        var attribute = new ConfigAttribute();
        Size<GpioUapi.Attribute>("gpio_v2_line_attribute");
        Size<ConfigAttribute>("gpio_v2_line_config_attribute");
        Offset(ref attribute, ref attribute.Mask, "gpio_v2_line_config_attribute", "mask");
        Offset(ref attribute.Attribute, ref attribute.Attribute.Id, "gpio_v2_line_attribute", "id");
        Offset(ref attribute.Attribute, ref attribute.Attribute.DebounceMicroseconds, "gpio_v2_line_attribute", "debounce_period_us");
    }

    [Fact]
    public void Values_and_events_are_laid_out_as_in_the_header()
    {
        var values = new LineValues();
        Size<LineValues>("gpio_v2_line_values");
        Offset(ref values, ref values.Bits, "gpio_v2_line_values", "bits");
        Offset(ref values, ref values.Mask, "gpio_v2_line_values", "mask");

        var change = new LineEvent();
        Size<LineEvent>("gpio_v2_line_event");
        Offset(ref change, ref change.TimestampNanoseconds, "gpio_v2_line_event", "timestamp_ns");
        Offset(ref change, ref change.Id, "gpio_v2_line_event", "id");
        Offset(ref change, ref change.Offset, "gpio_v2_line_event", "offset");
        Offset(ref change, ref change.Number, "gpio_v2_line_event", "seqno");
        Offset(ref change, ref change.LineNumber, "gpio_v2_line_event", "line_seqno");
    }

    [Fact]
    public void Calls_flags_and_codes_have_the_header_s_numbers()
    {
        ulong[] ours =
        [
            GetChipInfo, GetLineInfo, GetLine, GetValues, SetValues, AttributeDebounce, RisingEdge, (ulong)LineFlags.ActiveLow, (ulong)LineFlags.Input,
            (ulong)LineFlags.Output, (ulong)LineFlags.EdgeRising, (ulong)LineFlags.EdgeFalling, (ulong)LineFlags.BiasPullUp,
            (ulong)LineFlags.BiasPullDown, (ulong)LineFlags.BiasDisabled,
        ];
        string[] theirs =
        [
            "GPIO_GET_CHIPINFO_IOCTL", "GPIO_V2_GET_LINEINFO_IOCTL", "GPIO_V2_GET_LINE_IOCTL", "GPIO_V2_LINE_GET_VALUES_IOCTL",
            "GPIO_V2_LINE_SET_VALUES_IOCTL", "GPIO_V2_LINE_ATTR_ID_DEBOUNCE", "GPIO_V2_LINE_EVENT_RISING_EDGE", "GPIO_V2_LINE_FLAG_ACTIVE_LOW",
            "GPIO_V2_LINE_FLAG_INPUT", "GPIO_V2_LINE_FLAG_OUTPUT", "GPIO_V2_LINE_FLAG_EDGE_RISING", "GPIO_V2_LINE_FLAG_EDGE_FALLING",
            "GPIO_V2_LINE_FLAG_BIAS_PULL_UP", "GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN", "GPIO_V2_LINE_FLAG_BIAS_DISABLED",
        ];

        ours.ShouldBe(theirs.Select(name => ulong.Parse(((string)Header["constants"]![name]!)[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("/dev/gpiochip-none", "Panel:Chip: /dev/gpiochip-none is not there")]
    [InlineData("no-such-label", "Panel:Chip is 'no-such-label'; no GPIO chip has this label")]
    [InlineData("/dev/null", "Panel:Chip is '/dev/null'; it is no GPIO chip: ")]
    public void A_chip_that_is_none_is_told_with_its_setting(string chip, string told) =>
        Should.Throw<GpioException>(() => GpioLine.Open("Panel:Led", chip, "17", LineFlags.Output)).Message.ShouldStartWith(told);

    private static void Size<T>(string name)
        where T : struct => Unsafe.SizeOf<T>().ShouldBe((int)Header["structs"]![name]!["size"]!, name);

    private static void Offset<T, TField>(ref T whole, ref TField field, string name, string fieldName)
        where T : struct
        where TField : struct =>
        Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref whole), ref Unsafe.As<TField, byte>(ref field))
            .ShouldBe((nint)(int)Header["structs"]![name]!["offsets"]![fieldName]!, $"{name}.{fieldName}");
}
