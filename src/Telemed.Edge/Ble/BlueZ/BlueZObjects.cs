using Telemed.DBus;
using Interfaces = System.Collections.Generic.Dictionary<
    string, System.Collections.Generic.Dictionary<string, object>>;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>
/// What the service has told of its objects: a copy kept by its signals. Changes are told one at a time in the order of the
/// bus, under the lock, mostly on the bus's own thread: the listener must be quick and never wait.
/// </summary>
internal sealed class BlueZObjects(Action<BlueZChange> onChange)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Interfaces> _objects = [];
    private List<DBusSignal>? _waiting = [];

    /// <summary>Forgets everything and holds signals back until <see cref="Load"/>.</summary>
    public void BeginLoad()
    {
        lock (_gate)
        {
            _objects.Clear();
            _waiting = [];
        }
    }

    /// <summary>
    /// Takes the answer of GetManagedObjects, then the signals held back. Some of those are older than the answer; repeating them
    /// does no harm, because whatever they touch ends with the newest of them.
    /// </summary>
    public void Load(Dictionary<ObjectPath, Interfaces> answer)
    {
        lock (_gate)
        {
            foreach (var (path, interfaces) in answer)
            {
                Add(path.Value, interfaces);
            }

            var held = _waiting ?? [];
            _waiting = null;
            held.ForEach(Take);
        }
    }

    public void Receive(DBusSignal signal)
    {
        lock (_gate)
        {
            if (_waiting is { } waiting)
            {
                waiting.Add(signal);
            }
            else
            {
                Take(signal);
            }
        }
    }

    /// <summary>The property, or <paramref name="otherwise"/> when object, interface or property is not there.</summary>
    public T? Get<T>(string path, string @interface, string property, T? otherwise = default)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(path, out var interfaces) && interfaces.TryGetValue(@interface, out var properties)
                && properties.TryGetValue(property, out var value) ? (T)value : otherwise;
        }
    }

    /// <summary>What <paramref name="read"/> makes of each object with the interface below the path, in the order of their paths.</summary>
    public List<T> Select<T>(string below, string @interface, Func<string, IReadOnlyDictionary<string, object>, T> read)
    {
        lock (_gate)
        {
            return [.. from pair in _objects
                where pair.Key.StartsWith(below, StringComparison.Ordinal) && pair.Value.ContainsKey(@interface)
                orderby pair.Key
                select read(pair.Key, pair.Value[@interface])];
        }
    }

    public bool Has(string path, string @interface)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(path, out var interfaces) && interfaces.ContainsKey(@interface);
        }
    }

    private void Take(DBusSignal signal)
    {
        switch (signal.Member)
        {
            case "InterfacesAdded":
                Add(((ObjectPath)signal.Arguments[0]).Value, (Interfaces)signal.Arguments[1]);
                break;
            case "InterfacesRemoved":
                Remove(((ObjectPath)signal.Arguments[0]).Value, (string[])signal.Arguments[1]);
                break;
            case "PropertiesChanged":
                Change(signal.Path, (string)signal.Arguments[0], (Dictionary<string, object>)signal.Arguments[1],
                    (string[])signal.Arguments[2]);
                break;
        }
    }

    private void Add(string path, Interfaces interfaces)
    {
        if (!_objects.TryGetValue(path, out var known))
        {
            _objects[path] = known = [];
        }

        foreach (var (name, properties) in interfaces)
        {
            known[name] = new(properties);
            onChange(new BlueZChange(path, name, properties, properties, ChangeKind.Added));
        }
    }

    private void Remove(string path, string[] names)
    {
        if (!_objects.TryGetValue(path, out var known))
        {
            return;
        }

        foreach (var name in names)
        {
            if (known.Remove(name, out var last))
            {
                onChange(new BlueZChange(path, name, new Dictionary<string, object>(), last, ChangeKind.Removed));
            }
        }

        if (known.Count == 0)
        {
            _objects.Remove(path);
        }
    }

    private void Change(string path, string name, Dictionary<string, object> changed, string[] invalidated)
    {
        // An object that we have not been told of yet will be told of with its values as they are by then.
        if (!_objects.TryGetValue(path, out var known) || !known.TryGetValue(name, out var properties))
        {
            return;
        }

        foreach (var (property, value) in changed)
        {
            properties[property] = value;
        }

        Array.ForEach(invalidated, property => properties.Remove(property));
        onChange(new BlueZChange(path, name, changed, properties, ChangeKind.Changed));
    }
}

/// <summary>
/// One change of one interface of one object: what has changed and all there is. Both are to be read during the call only.
/// </summary>
internal readonly record struct BlueZChange(
    string Path, string Interface, IReadOnlyDictionary<string, object> Changed, IReadOnlyDictionary<string, object> All,
    ChangeKind Kind)
{
    /// <summary>True when the property has just become this value.</summary>
    public bool Became(string property, bool value) => Changed.TryGetValue(property, out var now) && now is bool b && b == value;
}

/// <summary>What happened to an interface of an object.</summary>
internal enum ChangeKind
{
    /// <summary>It is there, or was there when we first looked; everything counts as changed.</summary>
    Added,

    /// <summary>Properties of it have other values.</summary>
    Changed,

    /// <summary>It is gone; nothing counts as changed.</summary>
    Removed,
}
