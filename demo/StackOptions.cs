using System.Net;
using System.Net.Sockets;

namespace Telemed.Demo;

/// <summary>What a run of the stack is given. Ports of 0 are chosen among the free ones.</summary>
internal sealed record StackOptions
{
    /// <summary>Where everything is kept; a second run with the same folder continues the first.</summary>
    public required string Data { get; init; }

    /// <summary>The cloud's pages.</summary>
    public int CloudPort { get; init; }

    /// <summary>The gateway's own local address.</summary>
    public int GatewayPort { get; init; }

    /// <summary>How often the simulated patient's pressure is taken.</summary>
    public TimeSpan CuffEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the cuff takes from its button to its result.</summary>
    public TimeSpan CuffInflation { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How often the simulated patient's glucose is taken.</summary>
    public TimeSpan GlucoseEvery { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Environment of the gateway beside what the stack gives it, or in its place.</summary>
    public IReadOnlyDictionary<string, string> GatewayEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>The unit's time zone.</summary>
    public const string Zone = "America/Monterrey";

    /// <summary>Where the programs lie: beside this one, as the build puts them.</summary>
    public static string ProgramPath(string project)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, project + ".dll"));
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} has not been built.", path);
    }

    /// <summary>A port nobody listens on at this moment.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
