using System.Collections;
using System.Text;

namespace Telemed.DBus;

/// <summary>
/// Puts values into a message by a signature; with no message (0) it only checks that they fit. Throws ArgumentException
/// that names the signature and the .NET type.
/// </summary>
internal readonly unsafe struct DBusWriter
{
    private const int Deepest = 64;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly nint _message;
    private readonly string _signature;

    private DBusWriter(nint message, string signature) => (_message, _signature) = (message, signature);

    /// <summary>Throws when <paramref name="arguments"/> do not fit <paramref name="signature"/>.</summary>
    internal static void Check(string signature, IReadOnlyList<object> arguments) => Write(0, signature, arguments);

    internal static void Write(nint message, string signature, IReadOnlyList<object> arguments)
    {
        var types = DBusType.ParseList(signature);
        if (types.Length != arguments.Count)
        {
            throw new ArgumentException($"Signature '{signature}' takes {types.Length} arguments, not {arguments.Count}.");
        }

        var writer = new DBusWriter(message, signature);
        for (var i = 0; i < types.Length; i++)
        {
            writer.Write(types[i], arguments[i], 0);
        }
    }

    private void Write(DBusType type, object? value, int depth)
    {
        if (depth > Deepest)
        {
            throw new ArgumentException($"Signature '{_signature}': values are nested more than {Deepest} deep.");
        }

        switch (type.Code)
        {
            case 'y': Basic<byte>(type, value); break;
            case 'b': Append(type, value is bool yes ? (yes ? 1 : 0) : throw Mismatch(type, value)); break;
            case 'n': Basic<short>(type, value); break;
            case 'q': Basic<ushort>(type, value); break;
            case 'i': Basic<int>(type, value); break;
            case 'u': Basic<uint>(type, value); break;
            case 'x': Basic<long>(type, value); break;
            case 't': Basic<ulong>(type, value); break;
            case 'd': Basic<double>(type, value); break;
            case 's': Text(type, value as string ?? throw Mismatch(type, value)); break;
            case 'g': SignatureText(type, value as string ?? throw Mismatch(type, value)); break;
            case 'o': Path(type, value is ObjectPath path ? path.Value : throw Mismatch(type, value)); break;
            case 'v': Variant(type, value, depth); break;
            case '(': Struct(type, value, depth); break;
            case 'a': Array(type, value, depth); break;
            default: throw new ArgumentException($"Signature '{_signature}': '{type.Signature}' is not written here.");
        }
    }

    private void Basic<T>(DBusType type, object? value)
        where T : unmanaged => Append(type, value is T basic ? basic : throw Mismatch(type, value));

    private void Append<T>(DBusType type, T value)
        where T : unmanaged
    {
        if (_message != 0)
        {
            Check(type, Native.sd_bus_message_append_basic(_message, (byte)type.Code, &value));
        }
    }

    private void Text(DBusType type, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            // As a C string it would arrive cut off.
            throw new ArgumentException($"Signature '{_signature}': a {typeof(string)} with a zero character cannot be sent.");
        }

        byte[] bytes;
        try
        {
            bytes = StrictUtf8.GetBytes(text + '\0');
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException($"Signature '{_signature}': a {typeof(string)} with half a surrogate pair cannot be sent.");
        }

        if (_message != 0)
        {
            fixed (byte* first = bytes)
            {
                Check(type, Native.sd_bus_message_append_basic(_message, (byte)type.Code, first));
            }
        }
    }

    private void Path(DBusType type, string? path)
    {
        if (!Names.IsPath(path))
        {
            throw new ArgumentException($"Signature '{_signature}': '{path}' is not an object path.");
        }

        Text(type, path!);
    }

    private void SignatureText(DBusType type, string signature)
    {
        _ = DBusType.ParseList(signature);
        Text(type, signature);
    }

    private void Variant(DBusType type, object? value, int depth)
    {
        var (held, inner) = value switch
        {
            null => throw Mismatch(type, value),
            DBusVariant forced => (DBusType.Parse(forced.Signature), forced.Value),
            _ => (DBusType.Of(value.GetType()), value),
        };
        Open(type, 'v', held.SignatureBytes);
        Write(held, inner, depth + 1);
        Close(type);
    }

    private void Struct(DBusType type, object? value, int depth)
    {
        if (value is not IReadOnlyList<object> fields || fields.Count != type.Parts.Length)
        {
            throw Mismatch(type, value);
        }

        Open(type, 'r', type.Contents);
        for (var i = 0; i < fields.Count; i++)
        {
            Write(type.Parts[i], fields[i], depth + 1);
        }

        Close(type);
    }

    private void Array(DBusType type, object? value, int depth)
    {
        var element = type.Parts[0];
        if (element.Code == '{')
        {
            Entries(type, value as IDictionary ?? throw Mismatch(type, value), depth);
        }
        else if (element.Code == 'y' && value is byte[] bytes)
        {
            Bytes(type, bytes);
        }
        else if (value is IEnumerable values and not string and not IDictionary)
        {
            Open(type, 'a', type.Contents);
            foreach (var each in values)
            {
                Write(element, each, depth + 1);
            }

            Close(type);
        }
        else
        {
            throw Mismatch(type, value);
        }
    }

    private void Entries(DBusType type, IDictionary entries, int depth)
    {
        var entry = type.Parts[0];
        Open(type, 'a', type.Contents);
        foreach (DictionaryEntry each in entries)
        {
            Open(type, 'e', entry.Contents);
            Write(entry.Parts[0], each.Key, depth + 1);
            Write(entry.Parts[1], each.Value, depth + 1);
            Close(type);
        }

        Close(type);
    }

    private void Bytes(DBusType type, byte[] bytes)
    {
        if (_message != 0)
        {
            fixed (byte* first = bytes)
            {
                Check(type, Native.sd_bus_message_append_array(_message, (byte)'y', first, (nuint)bytes.Length));
            }
        }
    }

    private void Open(DBusType type, char container, byte[] contents)
    {
        if (_message != 0)
        {
            Check(type, Native.sd_bus_message_open_container(_message, (byte)container, contents));
        }
    }

    private void Close(DBusType type)
    {
        if (_message != 0)
        {
            Check(type, Native.sd_bus_message_close_container(_message));
        }
    }

    private void Check(DBusType type, int result)
    {
        if (result < 0)
        {
            throw new ArgumentException($"Signature '{_signature}': '{type.Signature}' cannot be written: {Native.Reason(result)}");
        }
    }

    private ArgumentException Mismatch(DBusType type, object? value) =>
        new($"Signature '{_signature}': '{type.Signature}' takes {type.DotNet}, not {value?.GetType().ToString() ?? "null"}.");
}
