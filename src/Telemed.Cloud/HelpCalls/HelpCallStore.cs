using System.Data.Common;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.HelpCalls;

/// <summary>Somebody at a unit asks for help, and nobody has answered. <paramref name="Station"/> is its name, or its id, or empty.</summary>
public sealed record OpenHelpCall(Guid Id, string UnitName, string Station, DateTimeOffset At, DateTimeOffset Received);

/// <summary>Help calls: each is kept once, shown until somebody says that she has seen to it, and kept with who that was.</summary>
internal static class HelpCallStore
{
    public static void Take(Writing writing, GatewayId gateway, HelpCall call) => writing.Connection.Execute(
        "INSERT INTO help_call (id, gateway, station, at, received) VALUES (@id, @gateway, @Station, @at, @now) ON CONFLICT (id) DO NOTHING",
        new { id = Octets.Of(call.Id), gateway = gateway.Value, call.Station, at = call.At.ToUnixTimeMilliseconds(), now = writing.NowMs });

    /// <summary>The oldest first.</summary>
    public static IReadOnlyList<OpenHelpCall> Open(DbConnection connection) => connection.Query<Row>(
        """
        SELECT h.id AS Id, coalesce(u.name, h.gateway) AS UnitName, coalesce(s.name, h.station) AS Station, h.at AS At, h.received AS Received
        FROM help_call h
        LEFT JOIN gateway g ON g.id = h.gateway
        LEFT JOIN unit u ON u.clues = g.unit
        LEFT JOIN station s ON s.unit = g.unit AND s.id = h.station
        WHERE h.answered IS NULL
        ORDER BY h.received, h.id
        """).Select(row => new OpenHelpCall(
            Octets.ToGuid(row.Id)!.Value, row.UnitName, row.Station, Octets.ToInstant(row.At)!.Value, Octets.ToInstant(row.Received)!.Value)).ToArray();

    /// <summary>Notes who answered; the first stands. False when there is no such call.</summary>
    public static bool Answer(Writing writing, Guid id, string who) => writing.Connection.Execute(
        "UPDATE help_call SET answered = coalesce(answered, @now), answered_by = coalesce(answered_by, @who) WHERE id = @id",
        new { id = Octets.Of(id), who, now = writing.NowMs }) == 1;

    /// <summary>The last calls of a gateway that were answered, the latest first.</summary>
    public static IReadOnlyList<AnsweredHelpCall> Answered(DbConnection connection, string gateway) => connection.Query<(byte[] Id, long Answered)>(
        "SELECT id, answered FROM help_call WHERE gateway = @gateway AND answered IS NOT NULL ORDER BY answered DESC, id LIMIT 3", new { gateway })
        .Select(row => new AnsweredHelpCall(Octets.ToGuid(row.Id)!.Value, Octets.ToInstant(row.Answered)!.Value)).ToArray();

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public string UnitName { get; init; } = "";

        public string Station { get; init; } = "";

        public long At { get; init; }

        public long Received { get; init; }
    }
}
