using System.Text;

namespace Telemed.DBus;

/// <summary>A signal as it came; Sender is the unique name of who sent it (or org.freedesktop.DBus for the bus itself).</summary>
public sealed record DBusSignal(string Sender, string Path, string Interface, string Member, IReadOnlyList<object> Arguments);

/// <summary>
/// Which signals are wanted; null = any. Sender may be a unique or a well-known name; PathNamespace is a path with
/// everything below it; Argument0 is a first argument of type string. See the D-Bus specification, "Match Rules".
/// </summary>
public sealed record DBusMatch(
    string? Sender = null, string? Path = null, string? PathNamespace = null,
    string? Interface = null, string? Member = null, string? Argument0 = null)
{
    /// <summary>The well-known name whose owner has to be known to tell this sender's signals from others', or null.</summary>
    internal string? NameToFollow => Sender is null or "org.freedesktop.DBus" || Sender.StartsWith(':') ? null : Sender;

    internal string ToRule()
    {
        var rule = new StringBuilder("type='signal'");
        foreach (var (key, value) in new[]
        {
            ("sender", Sender), ("path", Path), ("path_namespace", PathNamespace),
            ("interface", Interface), ("member", Member), ("arg0", Argument0),
        })
        {
            if (value is not null)
            {
                // Inside apostrophes nothing is special but the apostrophe itself.
                rule.Append(',').Append(key).Append("='").Append(value.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
            }
        }

        return rule.ToString();
    }

    /// <summary>Everything but the sender. Needed here too, because the bus sends a signal once for all of our rules.</summary>
    internal bool FitsApartFromSender(DBusSignal signal) =>
        (Path is null || Path == signal.Path)
        && (PathNamespace is null or "/" || IsAtOrBelow(signal.Path, PathNamespace))
        && (Interface is null || Interface == signal.Interface)
        && (Member is null || Member == signal.Member)
        && (Argument0 is null || (signal.Arguments.Count > 0 && Argument0.Equals(signal.Arguments[0] as string, StringComparison.Ordinal)));

    private static bool IsAtOrBelow(string path, string top) =>
        path.StartsWith(top, StringComparison.Ordinal) && (path.Length == top.Length || path[top.Length] == '/');
}
