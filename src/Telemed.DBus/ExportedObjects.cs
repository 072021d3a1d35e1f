namespace Telemed.DBus;

/// <summary>
/// What we export, by path and interface, and the answers to calls to it: our handlers', and those of the standard
/// interfaces Properties, Introspectable and ObjectManager (D-Bus specification, "Standard Interfaces"). An error answer
/// is a DBusException. Loop thread only.
/// </summary>
internal sealed class ExportedObjects
{
    internal const string Properties = "org.freedesktop.DBus.Properties";
    internal const string Introspectable = "org.freedesktop.DBus.Introspectable";
    internal const string ObjectManager = "org.freedesktop.DBus.ObjectManager";
    internal const string Peer = "org.freedesktop.DBus.Peer";
    internal const string Root = "/";
    private static readonly string[] Standard = [Properties, Introspectable, ObjectManager, Peer];

    private readonly SortedDictionary<string, List<DBusInterface>> _objects = new(StringComparer.Ordinal);

    /// <summary>A reply: what it holds, and its signature.</summary>
    internal sealed record Reply(string Signature, params IReadOnlyList<object> Values);

    internal bool Has(string path, DBusInterface exported) => _objects.TryGetValue(path, out var interfaces) && interfaces.Contains(exported);

    /// <summary>Throws ArgumentException for a bad path and for an interface that the path has already.</summary>
    internal void Add(string path, IReadOnlyList<DBusInterface> added)
    {
        var present = _objects.GetValueOrDefault(path, []);
        string[] names = [.. Standard, .. present.Concat(added).Select(each => each.Name)];
        if (!Names.IsPath(path) || names.Distinct().Count() != names.Length)
        {
            throw new ArgumentException($"'{path}' is not a path, or it would have an interface twice: {string.Join(", ", names)}.");
        }

        _objects[path] = [.. present, .. added];
    }

    /// <summary>The interfaces that were there; none when the path was not exported.</summary>
    internal IReadOnlyList<DBusInterface> Remove(string path) => _objects.Remove(path, out var interfaces) ? interfaces : [];

    /// <summary>The answer. A handler of ours runs up to its first await before this returns.</summary>
    internal async Task<Reply> AnswerAsync(IncomingCall call)
    {
        var interfaces = _objects.GetValueOrDefault(call.Path);
        if (interfaces is null && call.Path != Root && !ChildrenOf(call.Path).Any())
        {
            throw new DBusException(DBusErrors.UnknownObject, $"There is no object {call.Path} here.");
        }

        foreach (var each in interfaces ?? [])
        {
            if ((call.Interface ?? each.Name) == each.Name && each.Methods.TryGetValue(call.Member, out var method))
            {
                var arguments = Arguments(call, method.In);
                var handled = method.Handler(new DBusCall(call.Sender, call.Path, call.Member, arguments));
                return new Reply(method.Out, await handled.ConfigureAwait(false));
            }
        }

        return AnswerAsStandard(call, interfaces) ?? throw Unknown(call, interfaces);
    }

    private static DBusException Unknown(IncomingCall call, IEnumerable<DBusInterface>? interfaces) =>
        call.Interface is null || Standard.Contains(call.Interface) || interfaces?.Any(each => each.Name == call.Interface) is true
            ? new DBusException(DBusErrors.UnknownMethod, $"{call.Path} has no method {call.Member} of {call.Interface ?? "any interface"}.")
            : new DBusException(DBusErrors.UnknownInterface, $"{call.Path} has no interface {call.Interface}.");

    private Reply? AnswerAsStandard(IncomingCall call, IReadOnlyList<DBusInterface>? interfaces)
    {
        switch (call.Interface, call.Member)
        {
            case (null or Introspectable, "Introspect"):
                Arguments(call, "");
                return new Reply("s", Introspection.Describe(interfaces, ChildrenOf(call.Path), call.Path == Root));
            case (null or ObjectManager, "GetManagedObjects") when call.Path == Root:
                Arguments(call, "");
                return new Reply("a{oa{sa{sv}}}", _objects.ToDictionary(each => new ObjectPath(each.Key), each => Values(each.Value)));
            case (null or Properties, "GetAll") when interfaces is not null:
                return new Reply("a{sv}", Interface(interfaces, (string)Arguments(call, "s")[0]).Values());
            case (null or Properties, "Get") when interfaces is not null:
                var named = Arguments(call, "ss");
                var (property, fullName) = Property(interfaces, (string)named[0], (string)named[1]);
                return new Reply("v", property.Value ?? throw NoProperty(fullName));
            case (null or Properties, "Set") when interfaces is not null:
                Set(call, interfaces);
                return new Reply("");
            default:
                return null;
        }
    }

    /// <summary>What InterfacesAdded and GetManagedObjects tell of an object.</summary>
    internal static Dictionary<string, Dictionary<string, object>> Values(IEnumerable<DBusInterface> interfaces) =>
        interfaces.ToDictionary(each => each.Name, each => each.Values());

    private static object[] Arguments(IncomingCall call, string signature)
    {
        Expect(call, signature);
        return call.Reader.ReadArguments();
    }

    private static void Expect(IncomingCall call, string signature)
    {
        if (call.Reader.Signature != signature)
        {
            throw new DBusException(DBusErrors.InvalidArgs, $"{call.Member} takes '{signature}', not '{call.Reader.Signature}'.");
        }
    }

    private static void Set(IncomingCall call, IReadOnlyList<DBusInterface> interfaces)
    {
        // Not read as plain arguments: the variant's own type decides.
        Expect(call, "ssv");
        var name = DBusType.Parse("s");
        var (property, fullName) = Property(interfaces, (string)call.Reader.Read(name), (string)call.Reader.Read(name));
        var value = call.Reader.ReadVariant();
        if (property.Set is null)
        {
            throw new DBusException(DBusErrors.PropertyReadOnly, $"{fullName} cannot be set.");
        }

        if (value.Signature != property.Signature)
        {
            throw new DBusException(DBusErrors.InvalidArgs, $"{fullName} is '{property.Signature}', not '{value.Signature}'.");
        }

        property.Set(value.Value);
    }

    private static DBusInterface Interface(IEnumerable<DBusInterface> interfaces, string name) =>
        interfaces.FirstOrDefault(each => each.Name == name)
        ?? throw new DBusException(DBusErrors.UnknownInterface, $"There is no interface '{name}' here.");

    private static (DBusProperty Property, string FullName) Property(IEnumerable<DBusInterface> interfaces, string @interface, string name) =>
        Interface(interfaces, @interface).Properties.TryGetValue(name, out var property)
            ? (property, $"{@interface}.{name}")
            : throw NoProperty($"{@interface}.{name}");

    private static DBusException NoProperty(string fullName) => new(DBusErrors.UnknownProperty, $"There is no property {fullName} here.");

    /// <summary>The next elements below a path, for whoever walks the tree by introspection.</summary>
    private IEnumerable<string> ChildrenOf(string path)
    {
        var above = path == Root ? Root : path + "/";
        return _objects.Keys
            .Where(each => each.Length > above.Length && each.StartsWith(above, StringComparison.Ordinal))
            .Select(each => each[above.Length..].Split('/')[0])
            .Distinct();
    }
}
