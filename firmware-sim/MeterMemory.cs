namespace Telemed.FirmwareSim;

/// <summary>What the ledger knows of one meter.</summary>
public sealed class MeterMemory
{
    private readonly SortedDictionary<long, LedgerLine> _stored = [];
    private readonly HashSet<long> _sent = [];
    private readonly Dictionary<Guid, ushort> _configurations = [];

    /// <summary>The highest number given so far; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    /// <summary>Readings measured.</summary>
    public long Measured { get; private set; }

    /// <summary>Readings sent at least once.</summary>
    public long Sent => _sent.Count;

    /// <summary>The meter's stored records (their measured lines), oldest first, without the deleted ones.</summary>
    public IReadOnlyCollection<LedgerLine> Stored => _stored.Values;

    /// <summary>When and to what the clock was last set.</summary>
    public LedgerLine? Clock { get; private set; }

    /// <summary>The link has keys of the meter.</summary>
    public bool Bonded { get; private set; }

    /// <summary>The meter has the key of the last pairing.</summary>
    public bool HasKey { get; private set; }

    /// <summary>The last pairing, with its key when it was made over the air.</summary>
    public LedgerLine? Bond { get; private set; }

    /// <summary>How the bonded central left the characteristics: 0 off, 1 notifications, 2 indications.</summary>
    public IReadOnlyDictionary<Guid, ushort> Configurations => _configurations;

    /// <summary>Whether the reading was handed over.</summary>
    public bool WasSent(long number) => _sent.Contains(number);

    /// <summary>The stored record of a number.</summary>
    public LedgerLine? Find(long number) => _stored.GetValueOrDefault(number);

    internal void Take(LedgerLine line)
    {
        switch (line)
        {
            case { Event: LedgerEvent.Measured, Number: { } number }:
                LastNumber = Math.Max(LastNumber, number);
                Measured++;
                if (line.Kind is not (ReadingKind.Oximetry or ReadingKind.HeartRate))
                {
                    _stored[number] = line;
                }

                break;
            case { Event: LedgerEvent.Sent, Number: { } number }:
                _sent.Add(number);
                break;
            case { Event: LedgerEvent.Deleted, Number: { } number }:
                _stored.Remove(number);
                break;
            case { Event: LedgerEvent.Clock }:
                Clock = line;
                break;
            case { Event: LedgerEvent.Bonded or LedgerEvent.Unbonded }:
                Bonded = line.Event == LedgerEvent.Bonded;
                HasKey |= Bonded;
                Bond = Bonded ? line : Bond;
                _configurations.Clear();
                break;
            case { Event: LedgerEvent.Forgotten }:
                HasKey = false;
                _configurations.Clear();
                break;
            case { Event: LedgerEvent.Configured, Characteristic: { } characteristic, Configuration: { } configuration }:
                _configurations[characteristic] = configuration;
                break;
        }
    }
}
