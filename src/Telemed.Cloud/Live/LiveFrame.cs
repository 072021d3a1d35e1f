using System.Globalization;
using System.Text;
using System.Text.Json;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Live;

/// <summary>
/// One event as it goes over the line (HTML standard, "Server-sent events"), made once for all watchers. A position above 0 is the
/// event's id, by which a page resumes.
/// </summary>
internal readonly record struct LiveFrame(long Position, ReadOnlyMemory<byte> Octets)
{
    /// <summary>A comment, so that neither side takes a quiet line for a dead one.</summary>
    public static readonly LiveFrame Heartbeat = new(0, ": \n\n"u8.ToArray());

    public static LiveFrame Of(ReadingChange change) => change.Came is { } reading
        ? Of("reading", change.Position, reading)
        : Of("gone", change.Position, change.Gone);

    public static LiveFrame Live(Reading sample) => Of("live", null, sample);

    public static LiveFrame Help(IReadOnlyList<OpenHelpCall> open) => Of("help", null, open);

    public static LiveFrame State(TeleconsultState state) => Of("state", null, state);

    public static LiveFrame Snapshot(LiveSnapshot snapshot) => Of("snapshot", snapshot.Position, snapshot);

    public static LiveFrame Call(object told) => Of("call", null, told);

    public static LiveFrame Closed(string reason) => Of("closed", null, new { reason });

    // JSON as we write it holds no line break, so one data line is enough.
    private static LiveFrame Of<T>(string name, long? id, T data)
    {
        var identity = id is { } position ? "id: " + position.ToString(CultureInfo.InvariantCulture) + "\n" : "";
        return new LiveFrame(id ?? 0, Encoding.UTF8.GetBytes($"event: {name}\n{identity}data: {JsonSerializer.Serialize(data, CloudJson.Options)}\n\n"));
    }
}

/// <summary>What a page shows first: the state, the latest readings in order, and the position to go on after.</summary>
internal sealed record LiveSnapshot(Teleconsult Teleconsult, GatewayState? Gateway, IReadOnlyList<AskedMeasurement> Asked, long Position, IReadOnlyList<Reading> Readings);
