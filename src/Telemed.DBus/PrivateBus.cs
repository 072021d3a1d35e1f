using System.Globalization;
using System.Text;

namespace Telemed.DBus;

/// <summary>
/// A real dbus-daemon of our own on a socket in a directory, where everything is allowed and nothing is started on
/// demand: for the simulator and for tests. It dies with us.
/// </summary>
public sealed class PrivateBus : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(15);
    private readonly string _configuration;
    private ChildProcess? _daemon;

    private PrivateBus(string directory)
    {
        _configuration = Path.Combine(directory, "dbus.conf");

        // Without the guid that the daemon prints: it changes at every start, the address must not.
        Address = "unix:path=" + Escape(Path.Combine(directory, "bus"));
    }

    /// <summary>The address to connect to; the same after <see cref="RestartAsync"/>.</summary>
    public string Address { get; }

    /// <summary>
    /// Starts a daemon; its socket and configuration lie in <paramref name="directory"/>, which is created where needed.
    /// Throws IOException with the daemon's own words when it does not start.
    /// </summary>
    public static async Task<PrivateBus> StartAsync(string directory, CancellationToken cancellation = default)
    {
        var full = Path.GetFullPath(directory);
        Directory.CreateDirectory(full);
        var bus = new PrivateBus(full);
        await File.WriteAllTextAsync(bus._configuration, Configuration(bus.Address), cancellation).ConfigureAwait(false);
        await bus.RunAsync(cancellation).ConfigureAwait(false);
        return bus;
    }

    /// <summary>SIGKILL, at once: how a bus is lost.</summary>
    public void Kill() => _daemon?.Kill();

    /// <summary>Kills the daemon if it runs, and starts another at the same address.</summary>
    public async Task RestartAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        await RunAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is { } daemon)
        {
            daemon.Kill();
            await daemon.Exited.ConfigureAwait(false);
            await daemon.DisposeAsync().ConfigureAwait(false);
            _daemon = null;
        }
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new StringBuilder();
        void OnLine(string line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }

            if (line.StartsWith("unix:", StringComparison.Ordinal))
            {
                listening.TrySetResult();
            }
        }

        _daemon = ChildProcess.Start("dbus-daemon", ["--config-file=" + _configuration, "--print-address=1", "--nofork", "--nopidfile"], OnLine);
        try
        {
            var first = await Task.WhenAny(listening.Task, _daemon.Exited).WaitAsync(LongestStart, cancellation).ConfigureAwait(false);
            if (first != listening.Task)
            {
                lock (said)
                {
                    throw new IOException($"dbus-daemon did not start: {said}");
                }
            }
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The limits are those of a session bus; the daemon's own defaults allow only 128 open calls a connection.</summary>
    private static string Configuration(string address) => $"""
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>session</type>
          <listen>{address}</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/>
            <allow own="*"/>
          </policy>
          <limit name="max_incoming_bytes">1000000000</limit>
          <limit name="max_outgoing_bytes">1000000000</limit>
          <limit name="max_message_size">1000000000</limit>
          <limit name="max_completed_connections">100000</limit>
          <limit name="max_connections_per_user">100000</limit>
          <limit name="max_names_per_connection">50000</limit>
          <limit name="max_match_rules_per_connection">50000</limit>
          <limit name="max_replies_per_connection">50000</limit>
        </busconfig>

        """;

    /// <summary>D-Bus specification, "Server Addresses": what else than these stands as %XX. XML needs no more of it.</summary>
    private static string Escape(string path)
    {
        var escaped = new StringBuilder();
        foreach (var each in Encoding.UTF8.GetBytes(path))
        {
            var letter = (char)each;
            _ = char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '/' or '\\' or '*' or '.'
                ? escaped.Append(letter)
                : escaped.Append(CultureInfo.InvariantCulture, $"%{each:x2}");
        }

        return escaped.ToString();
    }
}
