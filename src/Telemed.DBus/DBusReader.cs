using System.Collections;

namespace Telemed.DBus;

/// <summary>
/// Takes the values out of a message, by its own signature. The message lives only during the callback that brought it;
/// what is returned is copied. Throws IOException when the message is not well-formed or carries a file descriptor.
/// </summary>
internal readonly unsafe struct DBusReader(nint message)
{
    internal object[] ReadArguments() => ReadAll(DBusType.ParseList(Signature));

    /// <summary>The signature of the whole message.</summary>
    internal string Signature => Native.Text(Native.sd_bus_message_get_signature(message, 1)) ?? "";

    /// <summary>A variant with the signature that it came with.</summary>
    internal DBusVariant ReadVariant()
    {
        Check(Native.sd_bus_message_peek_type(message, out _, out var contents));
        var type = DBusType.Parse(Native.Text(contents) ?? "");
        Check(Native.sd_bus_message_enter_container(message, (byte)'v', type.SignatureBytes));
        var value = Read(type);
        Check(Native.sd_bus_message_exit_container(message));
        return new DBusVariant(type.Signature, value);
    }

    internal object Read(DBusType type) => type.Code switch
    {
        'y' => Basic<byte>(type),
        'b' => Basic<int>(type) is 1, // a D-Bus boolean is four bytes wide
        'n' => Basic<short>(type),
        'q' => Basic<ushort>(type),
        'i' => Basic<int>(type),
        'u' => Basic<uint>(type),
        'x' => Basic<long>(type),
        't' => Basic<ulong>(type),
        'd' => Basic<double>(type),
        's' or 'g' => Text(type),
        'o' => new ObjectPath(Text(type)),
        'v' => ReadVariant().Value,
        '(' => ReadStruct(type),
        'a' => ReadArray(type),
        _ => throw new IOException($"A D-Bus message holds '{type.Signature}', which is not read here."),
    };

    private object[] ReadAll(DBusType[] types)
    {
        var values = new object[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            values[i] = Read(types[i]);
        }

        return values;
    }

    private T Basic<T>(DBusType type)
        where T : unmanaged
    {
        T value;
        Check(Native.sd_bus_message_read_basic(message, (byte)type.Code, &value));
        return value;
    }

    private string Text(DBusType type) => Native.Text(Basic<nint>(type))!;

    private object[] ReadStruct(DBusType type)
    {
        Check(Native.sd_bus_message_enter_container(message, (byte)'r', type.Contents));
        var values = ReadAll(type.Parts);
        Check(Native.sd_bus_message_exit_container(message));
        return values;
    }

    private object ReadArray(DBusType type)
    {
        if (type.DotNet == typeof(byte[]))
        {
            Check(Native.sd_bus_message_read_array(message, (byte)'y', out var bytes, out var length));
            return new ReadOnlySpan<byte>(bytes, (int)length).ToArray();
        }

        Check(Native.sd_bus_message_enter_container(message, (byte)'a', type.Contents));
        object values = type.Parts[0].Code switch
        {
            '{' => ReadEntries(type),
            's' => ReadElements<string>(type.Parts[0]),
            'o' => ReadElements<ObjectPath>(type.Parts[0]),
            _ => ReadElements<object>(type.Parts[0]),
        };
        Check(Native.sd_bus_message_exit_container(message));
        return values;
    }

    private T[] ReadElements<T>(DBusType element)
    {
        var values = new List<T>();
        while (Check(Native.sd_bus_message_at_end(message, 0)) == 0)
        {
            values.Add((T)Read(element));
        }

        return [.. values];
    }

    private IDictionary ReadEntries(DBusType array)
    {
        var entry = array.Parts[0];
        var values = (IDictionary)Activator.CreateInstance(array.DotNet)!;
        while (Check(Native.sd_bus_message_enter_container(message, (byte)'e', entry.Contents)) > 0)
        {
            values[Read(entry.Parts[0])] = Read(entry.Parts[1]);
            Check(Native.sd_bus_message_exit_container(message));
        }

        return values;
    }

    private static int Check(int result) =>
        result < 0 ? throw new IOException($"A D-Bus message cannot be read: {Native.Reason(result)}") : result;
}
