namespace Telemed.DBus;

/// <summary>A method call to be made: to whom, what, with which arguments.</summary>
internal sealed record CallRequest(
    string Destination, string Path, string Interface, string Member, string Signature = "", IReadOnlyList<object>? Arguments = null)
{
    private const string Driver = "org.freedesktop.DBus";

    /// <summary>A call to the bus itself.</summary>
    internal static CallRequest ToBus(string member, string signature, params object[] arguments) =>
        new(Driver, "/org/freedesktop/DBus", Driver, member, signature, arguments);

    /// <inheritdoc/>
    public override string ToString() => $"{Interface}.{Member} on {Destination}{Path}";
}
