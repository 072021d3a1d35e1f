namespace Telemed.DBus;

/// <summary>A D-Bus object path, such as /org/bluez/hci0; type "o". Its form is checked when it is sent.</summary>
public readonly record struct ObjectPath(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
