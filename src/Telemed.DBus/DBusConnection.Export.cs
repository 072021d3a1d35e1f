namespace Telemed.DBus;

/// <summary>Being called by others.</summary>
public sealed partial class DBusConnection
{
    private readonly ExportedObjects _objects = new();

    /// <summary>
    /// Adds interfaces at a path; the ObjectManager at "/" announces them. Exporting again adds more. Properties,
    /// Introspectable, Peer and ObjectManager are answered for without being exported. Throws ArgumentException for a bad
    /// path, an interface that is there already, or a property whose value does not fit its type.
    /// </summary>
    public Task ExportAsync(string path, params IReadOnlyList<DBusInterface> interfaces) => OnLoop(() =>
    {
        const string signature = "oa{sa{sv}}";
        object[] announced = [new ObjectPath(path), ExportedObjects.Values(interfaces)];
        DBusWriter.Check(signature, announced);
        _objects.Add(path, interfaces);
        foreach (var each in interfaces)
        {
            each.Attach(this, path);
        }

        _up?.Emit(ExportedObjects.Root, ExportedObjects.ObjectManager, "InterfacesAdded", signature, announced);
    });

    /// <summary>Removes the object with all its interfaces and announces it. Nothing when the path is not exported.</summary>
    public Task UnexportAsync(string path) => OnLoop(() =>
    {
        var interfaces = _objects.Remove(path);
        foreach (var each in interfaces)
        {
            each.Detach(this, path);
        }

        if (interfaces.Count > 0)
        {
            object[] announced = [new ObjectPath(path), interfaces.Select(each => each.Name).ToArray()];
            _up?.Emit(ExportedObjects.Root, ExportedObjects.ObjectManager, "InterfacesRemoved", "oas", announced);
        }
    });

    /// <summary>PropertiesChanged, unless the object has gone by the time the bus is free for it.</summary>
    internal void AnnounceChange(string path, DBusInterface source, Dictionary<string, object> changed, string[] invalidated)
    {
        const string signature = "sa{sv}as";
        object[] arguments = [source.Name, changed, invalidated];
        DBusWriter.Check(signature, arguments);
        Post(() =>
        {
            if (_objects.Has(path, source))
            {
                _up?.Emit(path, ExportedObjects.Properties, "PropertiesChanged", signature, arguments);
            }
        });
    }

    /// <summary>True when the call is ours to answer, now or later.</summary>
    private bool Answer(IncomingCall call)
    {
        if (call.Interface is ExportedObjects.Peer)
        {
            call.Dispose();
            return false; // sd-bus answers
        }

        _ = AnswerAsync(call);
        return true;
    }

    /// <summary>
    /// Every answer is posted, even one that is there at once, so that it leaves after the signals which the handler sent
    /// before it returned.
    /// </summary>
    private async Task AnswerAsync(IncomingCall call)
    {
        try
        {
            var (signature, values) = await _objects.AnswerAsync(call).ConfigureAwait(false);
            Post(() => Return(call, signature, values));
        }
        catch (DBusException e)
        {
            Post(() => call.Fail(e.Name, e.Message));
        }
        catch (Exception e)
        {
            Post(() => call.Fail(DBusErrors.Failed, e.Message));
        }
    }

    private static void Return(IncomingCall call, string signature, IReadOnlyList<object> values)
    {
        try
        {
            call.Return(signature, values);
        }
        catch (ArgumentException e)
        {
            // Our own handler broke its word: the caller must not wait for ever, and we must hear of it.
            call.Fail(DBusErrors.Failed, e.Message);
            throw;
        }
    }
}
