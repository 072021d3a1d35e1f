namespace Telemed.DBus;

/// <summary>An error reply: its D-Bus name, e.g. "org.bluez.Error.Failed", and its text.</summary>
public sealed class DBusException(string name, string message) : Exception(message)
{
    /// <summary>The error's name, e.g. one of <see cref="DBusErrors"/>.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {base.ToString()}";
}

/// <summary>The bus went away, or is not there. What was asked may or may not have been done.</summary>
public sealed class DBusDisconnectedException(string message) : IOException(message);

/// <summary>Error names of the D-Bus specification and its reference implementation.</summary>
public static class DBusErrors
{
    /// <summary>Anything without a better name.</summary>
    public const string Failed = "org.freedesktop.DBus.Error.Failed";

    /// <summary>The arguments do not fit the method or the property.</summary>
    public const string InvalidArgs = "org.freedesktop.DBus.Error.InvalidArgs";

    /// <summary>Nothing is exported at the path.</summary>
    public const string UnknownObject = "org.freedesktop.DBus.Error.UnknownObject";

    /// <summary>The object has no such interface.</summary>
    public const string UnknownInterface = "org.freedesktop.DBus.Error.UnknownInterface";

    /// <summary>The interface has no such method.</summary>
    public const string UnknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";

    /// <summary>The interface has no such property.</summary>
    public const string UnknownProperty = "org.freedesktop.DBus.Error.UnknownProperty";

    /// <summary>The property cannot be set.</summary>
    public const string PropertyReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly";

    /// <summary>The destination is nobody's name and cannot be started.</summary>
    public const string ServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown";

    /// <summary>The name is nobody's.</summary>
    public const string NameHasNoOwner = "org.freedesktop.DBus.Error.NameHasNoOwner";

    /// <summary>The name asked for is owned by another connection.</summary>
    public const string NameOwned = "org.freedesktop.DBus.Error.AddressInUse";
}
