namespace Telemed.FirmwareSim.BlueZ;

/// <summary>How long the stand-in's radio and daemon take. The defaults are what a real bluetoothd was seen to need.</summary>
public sealed record BlueZOptions
{
    /// <summary>Quicker than any real one, for tests that repeat.</summary>
    public static readonly BlueZOptions Quick = new()
    {
        ReportInterval = TimeSpan.FromMilliseconds(50),
        Resolving = TimeSpan.FromMilliseconds(20),
        Disconnecting = TimeSpan.FromMilliseconds(50),
        PoweringUp = TimeSpan.FromMilliseconds(20),
        Restarting = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Between two advertising reports of one meter.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From the link to resolved services.</summary>
    public TimeSpan Resolving { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long Connect waits for the meter to show itself.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>bluetoothd's own delay before it lets a link go that a client disconnects.</summary>
    public TimeSpan Disconnecting { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an unused device object outlives its last advertisement.</summary>
    public TimeSpan TemporaryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long pairing takes, the question to the agent not counted.</summary>
    public TimeSpan Pairing { get; init; } = TimeSpan.FromMilliseconds(80);

    /// <summary>How long a client that is quick after Powered became true is still told that the adapter is not ready.</summary>
    public TimeSpan PoweringUp { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// From the daemon's death to its next life, in which it begins with what it and the meters remember. It dies of a meter that
    /// refuses its key.
    /// </summary>
    public TimeSpan Restarting { get; init; } = TimeSpan.FromSeconds(1);
}
