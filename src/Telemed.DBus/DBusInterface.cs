using System.Collections.Immutable;

namespace Telemed.DBus;

/// <summary>
/// A call to one of our methods. Sender is the caller's unique name. A handler throws DBusException to answer with that
/// error; any other exception becomes org.freedesktop.DBus.Error.Failed.
/// </summary>
public sealed record DBusCall(string Sender, string Path, string Member, IReadOnlyList<object> Arguments);

/// <summary>
/// One interface of exported objects, built once and then exported, at one path or at several. Handlers, getters and
/// setters are called on the loop thread, one at a time and in the order of the bus: they must be quick and not block; a
/// method's handler may go on asynchronously. Wrong names and signatures throw ArgumentException.
/// </summary>
public sealed class DBusInterface
{
    private readonly Dictionary<string, DBusMethod> _methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DBusProperty> _properties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _signals = new(StringComparer.Ordinal);
    private ImmutableArray<(DBusConnection Connection, string Path)> _places = [];

    /// <summary>Name such as "org.bluez.Device1".</summary>
    public DBusInterface(string name) =>
        Name = Names.IsInterface(name) ? name : throw new ArgumentException($"'{name}' is not an interface name.");

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    internal IReadOnlyDictionary<string, DBusMethod> Methods => _methods;

    internal IReadOnlyDictionary<string, DBusProperty> Properties => _properties;

    internal IReadOnlyDictionary<string, string> Signals => _signals;

    /// <summary>Adds a method. A call whose arguments are not of <paramref name="inSignature"/> is refused before the handler sees it.</summary>
    public DBusInterface Method(string name, string inSignature, string outSignature, Func<DBusCall, Task<IReadOnlyList<object>>> handler)
    {
        _methods.Add(Member(name), new DBusMethod(Checked(inSignature), Checked(outSignature), handler));
        return this;
    }

    /// <summary>
    /// Adds a property of one complete type; read-only without <paramref name="set"/>. While <paramref name="get"/> returns
    /// null the object has no such property. A setter may refuse with DBusException; it announces the change itself.
    /// </summary>
    public DBusInterface Property(string name, string signature, Func<object?> get, Action<object>? set = null)
    {
        _properties.Add(Member(name), new DBusProperty(DBusType.Parse(signature).Signature, get, set));
        return this;
    }

    /// <summary>Makes a signal known to those who introspect; <see cref="DBusConnection.Emit"/> sends it.</summary>
    public DBusInterface Signal(string name, string signature)
    {
        _signals.Add(Member(name), Checked(signature));
        return this;
    }

    /// <summary>
    /// Sends PropertiesChanged with the values that the named properties have now, on every path this interface is exported
    /// at; one that is absent now is sent as invalidated.
    /// </summary>
    public void Changed(params ReadOnlySpan<string> properties)
    {
        var changed = new Dictionary<string, object>();
        var invalidated = new List<string>();
        foreach (var name in properties)
        {
            if (!_properties.TryGetValue(name, out var property))
            {
                throw new ArgumentException($"{Name} has no property '{name}'.");
            }

            if (property.Value is { } value)
            {
                changed[name] = value;
            }
            else
            {
                invalidated.Add(name);
            }
        }

        foreach (var (connection, path) in _places)
        {
            connection.AnnounceChange(path, this, changed, [.. invalidated]);
        }
    }

    /// <summary>All properties that are there now.</summary>
    internal Dictionary<string, object> Values() => _properties
        .Select(each => (each.Key, each.Value.Value))
        .Where(each => each.Value is not null)
        .ToDictionary(each => each.Key, object (each) => each.Value!);

    internal void Attach(DBusConnection connection, string path) =>
        ImmutableInterlocked.Update(ref _places, places => places.Add((connection, path)));

    internal void Detach(DBusConnection connection, string path) =>
        ImmutableInterlocked.Update(ref _places, places => places.Remove((connection, path)));

    private static string Member(string name) =>
        Names.IsMember(name) ? name : throw new ArgumentException($"'{name}' is not the name of a method, property or signal.");

    private static string Checked(string signature)
    {
        _ = DBusType.ParseList(signature);
        return signature;
    }
}

internal sealed record DBusMethod(string In, string Out, Func<DBusCall, Task<IReadOnlyList<object>>> Handler);

internal sealed record DBusProperty(string Signature, Func<object?> Get, Action<object>? Set)
{
    /// <summary>The present value as a variant of the declared type, whatever its .NET type would make of it; null when absent.</summary>
    internal DBusVariant? Value => Get() is { } value ? new DBusVariant(Signature, value) : null;
}
