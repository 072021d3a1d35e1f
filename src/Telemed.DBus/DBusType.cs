using System.Collections.Concurrent;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Telemed.DBus;

/// <summary>
/// One complete type of a signature (D-Bus specification, "Type System"), parsed once: its code ('a', '(', '{', 'v' or a
/// basic type), its parts, and the .NET type that stands for it.
/// </summary>
internal sealed class DBusType
{
    private const int MostCached = 1000;
    private const int Deepest = 32;
    private const int Longest = 255;
    private static readonly ConcurrentDictionary<string, DBusType[]> Lists = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<Type, DBusType> OfTypes = new();

    private static readonly Dictionary<char, Type> Basics = new()
    {
        ['y'] = typeof(byte),
        ['b'] = typeof(bool),
        ['n'] = typeof(short),
        ['q'] = typeof(ushort),
        ['i'] = typeof(int),
        ['u'] = typeof(uint),
        ['x'] = typeof(long),
        ['t'] = typeof(ulong),
        ['d'] = typeof(double),
        ['s'] = typeof(string),
        ['o'] = typeof(ObjectPath),
        ['g'] = typeof(string),
        ['h'] = typeof(SafeFileHandle), // known so that it can be named; neither read nor written
    };

    private DBusType(char code, string signature, DBusType[] parts)
    {
        Code = code;
        Signature = signature;
        Parts = parts;
        var contents = code switch { 'a' => signature[1..], '(' or '{' => signature[1..^1], _ => "" };
        Contents = Encoding.ASCII.GetBytes(contents + '\0');
        SignatureBytes = Encoding.ASCII.GetBytes(signature + '\0');
        DotNet = code switch
        {
            'v' => typeof(object),
            '(' or '{' => typeof(object[]),
            'a' => ArrayType(parts[0]),
            _ => Basics[code],
        };
    }

    internal char Code { get; }

    internal string Signature { get; }

    /// <summary>The element of an array, the fields of a struct, the key and the value of a dictionary entry.</summary>
    internal DBusType[] Parts { get; }

    /// <summary>What sd-bus asks for when the container is opened or entered, zero-terminated.</summary>
    internal byte[] Contents { get; }

    /// <summary>The signature, zero-terminated: the contents of a variant that holds this type.</summary>
    internal byte[] SignatureBytes { get; }

    internal Type DotNet { get; }

    /// <summary>The types of a list of arguments. Throws ArgumentException for what is no signature.</summary>
    internal static DBusType[] ParseList(string signature)
    {
        if (Lists.TryGetValue(signature, out var known))
        {
            return known;
        }

        if (signature.Length > Longest)
        {
            throw new ArgumentException($"A signature has at most {Longest} characters, not {signature.Length}.");
        }

        var types = new List<DBusType>();
        for (var at = 0; at < signature.Length;)
        {
            types.Add(ParseAt(signature, ref at, 0));
        }

        // A peer can invent any number of signatures: they must not stay for ever.
        return Lists.Count < MostCached ? Lists.GetOrAdd(signature, [.. types]) : [.. types];
    }

    /// <summary>Exactly one complete type. Throws ArgumentException for anything else.</summary>
    internal static DBusType Parse(string signature) =>
        ParseList(signature) is [var type] ? type : throw new ArgumentException($"'{signature}' is not one complete type.");

    /// <summary>The type that a variant gets when its value has this .NET type. Throws ArgumentException when there is none.</summary>
    internal static DBusType Of(Type type) => OfTypes.GetOrAdd(type, static type => Parse(SignatureOf(type)));

    private static string SignatureOf(Type type)
    {
        if (type == typeof(object) || type == typeof(DBusVariant))
        {
            return "v";
        }

        if (Basics.FirstOrDefault(basic => basic.Value == type) is { Key: not '\0' and not 'h' } found)
        {
            return found.Key.ToString();
        }

        if (type.IsSZArray)
        {
            return "a" + SignatureOf(type.GetElementType()!);
        }

        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>)
            ? $"a{{{SignatureOf(type.GenericTypeArguments[0])}{SignatureOf(type.GenericTypeArguments[1])}}}"
            : throw new ArgumentException($"A variant cannot be made of a value of the .NET type {type}: no signature follows from it.");
    }

    private static DBusType ParseAt(string signature, ref int at, int depth)
    {
        var start = at;
        if (at >= signature.Length || depth > Deepest)
        {
            throw Malformed(signature);
        }

        var code = signature[at++];
        DBusType[] parts = code switch
        {
            'a' when at < signature.Length && signature[at] == '{' => [ParseEntry(signature, ref at, depth + 1)],
            'a' => [ParseAt(signature, ref at, depth + 1)],
            '(' => ParseUntil(')', signature, ref at, depth + 1),
            'v' => [],
            _ when Basics.ContainsKey(code) => [],
            _ => throw Malformed(signature),
        };
        return new DBusType(code, signature[start..at], parts);
    }

    private static DBusType ParseEntry(string signature, ref int at, int depth)
    {
        var start = at++;
        var parts = ParseUntil('}', signature, ref at, depth);
        return parts is [var key, _] && Basics.ContainsKey(key.Code)
            ? new DBusType('{', signature[start..at], parts)
            : throw Malformed(signature);
    }

    private static DBusType[] ParseUntil(char end, string signature, ref int at, int depth)
    {
        var parts = new List<DBusType>();
        while (at < signature.Length && signature[at] != end)
        {
            parts.Add(ParseAt(signature, ref at, depth));
        }

        if (at++ >= signature.Length || parts.Count == 0)
        {
            throw Malformed(signature);
        }

        return [.. parts];
    }

    private static Type ArrayType(DBusType element) => element.Code switch
    {
        '{' => typeof(Dictionary<,>).MakeGenericType(element.Parts[0].DotNet, element.Parts[1].DotNet),
        'y' => typeof(byte[]),
        's' => typeof(string[]),
        'o' => typeof(ObjectPath[]),
        _ => typeof(object[]),
    };

    private static ArgumentException Malformed(string signature) => new($"'{signature}' is not a D-Bus signature.");
}
