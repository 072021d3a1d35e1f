using System.Text;

namespace Telemed.Mqtt;

/// <summary>MQTT strings (MQTT 5, section 1.5.4): UTF-8 without NUL or lone surrogates, at most 65,535 bytes.</summary>
internal static class MqttText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsValid(string? text)
    {
        try
        {
            return text is { Length: > 0 } && !text.Contains('\0') && Strict.GetByteCount(text) <= ushort.MaxValue;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>True for what a message may be published to: no wildcards.</summary>
    public static bool IsTopicName(string? topic) => IsValid(topic) && topic.AsSpan().IndexOfAny('#', '+') < 0;

    /// <summary>The text in UTF-8 with a terminating NUL, as C wants it.</summary>
    public static byte[] ToNative(string text)
    {
        var bytes = new byte[Strict.GetByteCount(text) + 1];
        Strict.GetBytes(text, bytes);
        return bytes;
    }
}
