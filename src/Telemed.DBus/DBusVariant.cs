namespace Telemed.DBus;

/// <summary>
/// A value to be written as a variant of this very signature (one complete type), where the one that follows from the
/// .NET type would be another: a struct, an array of anything but bytes, strings and paths. Never returned by a read.
/// </summary>
public sealed record DBusVariant(string Signature, object Value);
