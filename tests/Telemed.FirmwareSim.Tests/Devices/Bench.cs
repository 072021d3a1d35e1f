using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Devices;

/// <summary>A world whose clock the test moves: it begins on 22 November 2026 at 15:00 UTC, 09:00 in Mexico City.</summary>
internal sealed class Bench : IDisposable
{
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");
    private readonly TempFolder _folder = new();

    public Bench() => World = Open();

    public HandClock Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 15, 0, 0, TimeSpan.Zero));

    public World World { get; private set; }

    /// <summary>The ledger's lines as they are on disk.</summary>
    public string[] Lines()
    {
        World.Dispose();
        var lines = File.ReadAllLines(Path.Combine(_folder.Path, "ledger.jsonl"));
        World = Open();
        return lines;
    }

    /// <summary>The process ends and another begins with the same data.</summary>
    public void Restart()
    {
        World.Dispose();
        World = Open();
    }

    public void Pass(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose()
    {
        World.Dispose();
        _folder.Dispose();
    }

    private World Open() => new(Clock, Zone, Ledger.Open(_folder.Path), new Patient(1, Zone));
}

/// <summary>A central with a direct line to one meter. It confirms indications when told to, or at once.</summary>
internal sealed class DirectCentral(Meter meter) : ICentral
{
    private Action? _unconfirmed;

    public List<string> Heard { get; } = [];

    public bool Connected { get; private set; }

    public bool IsEncrypted { get; set; }

    public bool ConfirmsAtOnce { get; set; } = true;

    public bool Connect() => Connected = meter.TryConnect(this);

    public AttError Write(Guid characteristic, string hex) => meter.Write(characteristic, Convert.FromHexString(hex));

    public AttError Subscribe(params Guid[] characteristics) =>
        characteristics.Select(c => meter.Subscribe(c, on: true)).Aggregate((one, other) => one == AttError.None ? other : one);

    public string Read(Guid characteristic) =>
        meter.Read(characteristic, out var value) is var error and not AttError.None ? error.ToString() : Convert.ToHexStringLower(value);

    public void Notify(Guid characteristic, byte[] value) => Hear(characteristic, value);

    public void Indicate(Guid characteristic, byte[] value, Action confirmed)
    {
        _unconfirmed.ShouldBeNull("a second indication before the first was confirmed");
        Hear(characteristic, value);
        _unconfirmed = confirmed;
        if (ConfirmsAtOnce)
        {
            Confirm();
        }
    }

    public void Confirm()
    {
        var confirmed = _unconfirmed;
        _unconfirmed = null;
        confirmed?.Invoke();
    }

    public void Disconnect()
    {
        Connected = false;
        _unconfirmed = null;
        meter.Disconnected();
    }

    /// <summary>What was heard on a characteristic, in hex.</summary>
    public IEnumerable<string> HeardOn(Guid characteristic)
    {
        var name = Short(characteristic) + " ";
        return Heard.Where(h => h.StartsWith(name, StringComparison.Ordinal)).Select(h => h[name.Length..]);
    }

    private void Hear(Guid characteristic, byte[] value)
    {
        Connected.ShouldBeTrue("a value after the link had ended");
        Heard.Add($"{Short(characteristic)} {Convert.ToHexStringLower(value)}");
    }

    private static string Short(Guid characteristic) => characteristic.ToString()[4..8];
}
