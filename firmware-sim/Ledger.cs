using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.FirmwareSim;

/// <summary>What a line of the ledger tells.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerEvent>))]
public enum LedgerEvent
{
    /// <summary>A reading came into being: a record was stored, or a continuous sample was made for a subscribed central.</summary>
    [JsonStringEnumMemberName("measured")]
    Measured,

    /// <summary>A reading was handed to a subscribed central (and confirmed, where the profile has confirmations).</summary>
    [JsonStringEnumMemberName("sent")]
    Sent,

    /// <summary>A central had a stored record deleted.</summary>
    [JsonStringEnumMemberName("deleted")]
    Deleted,

    /// <summary>The meter's clock was set, or started.</summary>
    [JsonStringEnumMemberName("clock")]
    Clock,

    /// <summary>The meter was paired with the link.</summary>
    [JsonStringEnumMemberName("bonded")]
    Bonded,

    /// <summary>The link forgot the meter.</summary>
    [JsonStringEnumMemberName("unbonded")]
    Unbonded,
}

/// <summary>One line of <c>ledger.jsonl</c>. Fields that do not apply are left out.</summary>
public sealed record LedgerLine
{
    /// <summary>What happened.</summary>
    public required LedgerEvent Event { get; init; }

    /// <summary>The meter's address.</summary>
    public required string Meter { get; init; }

    /// <summary>glucose, bloodPressure, oximetry or spotCheck.</summary>
    public string? Kind { get; init; }

    /// <summary>The meter's own number of the reading: rises by one, never used again.</summary>
    public long? Number { get; init; }

    /// <summary>The true instant: of the measurement, of the hand-over, of the setting.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The wall time that the meter's screen showed, with its error; no zone.</summary>
    public DateTime? DeviceTime { get; init; }

    /// <summary>Hex of the characteristic's value.</summary>
    public string? Frame { get; init; }

    /// <summary>Hex of the context that belongs to it.</summary>
    public string? Context { get; init; }

    /// <summary>Minutes between the meter's base clock and its screen.</summary>
    public short? OffsetMinutes { get; init; }
}

/// <summary>What the ledger knows of one meter.</summary>
public sealed class MeterMemory
{
    private readonly SortedDictionary<long, LedgerLine> _stored = [];
    private readonly HashSet<long> _sent = [];

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

    /// <summary>Paired.</summary>
    public bool Bonded { get; private set; }

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
                if (line.Kind != ReadingKind.Oximetry)
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
                break;
        }
    }
}

/// <summary>The kinds of reading in the ledger.</summary>
public static class ReadingKind
{
    /// <summary>Stored glucose record, 0x2A18.</summary>
    public const string Glucose = "glucose";

    /// <summary>Stored blood pressure record, 0x2A35.</summary>
    public const string BloodPressure = "bloodPressure";

    /// <summary>Continuous sample, 0x2A5F; never stored on the meter.</summary>
    public const string Oximetry = "oximetry";

    /// <summary>Stored spot check, 0x2A5E.</summary>
    public const string SpotCheck = "spotCheck";
}

/// <summary>
/// The truth about what the meters did: append-only JSON lines in <c>ledger.jsonl</c>, each handed to the operating system
/// before the call returns, so that the lines survive a SIGKILL of this process. It is also the meters' memory: on start
/// they take up their numbers, stored records, clocks and bonds from it. A torn last line never happened: it is cut off.
/// Callers hold the world's gate.
/// </summary>
public sealed class Ledger : IDisposable
{
    private readonly FileStream _file;
    private readonly Dictionary<string, MeterMemory> _memories = [];

    private Ledger(FileStream file) => _file = file;

    /// <summary>Opens or begins the ledger of a data directory. A broken line that is not the last is an error.</summary>
    public static Ledger Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "ledger.jsonl");
        var ledger = new Ledger(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        try
        {
            ledger.TakeUp(path);
            return ledger;
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>What is known of a meter; empty at first.</summary>
    public MeterMemory Of(string meter)
    {
        if (!_memories.TryGetValue(meter, out var memory))
        {
            _memories[meter] = memory = new MeterMemory();
        }

        return memory;
    }

    /// <summary>Adds a line. On return the operating system has it.</summary>
    public void Append(LedgerLine line)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, LedgerJson.Default.LedgerLine);
        _file.Write([.. bytes, (byte)'\n']);
        _file.Flush();
        Of(line.Meter).Take(line);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void TakeUp(string path)
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var complete = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        var number = 0;
        foreach (var range in bytes.AsSpan(0, complete).Split((byte)'\n'))
        {
            number++;
            var text = bytes.AsSpan(0, complete)[range];
            if (!text.IsEmpty)
            {
                var line = Parse(text, path, number);
                Of(line.Meter).Take(line);
            }
        }

        _file.SetLength(complete);
        _file.Position = complete;
    }

    private static LedgerLine Parse(ReadOnlySpan<byte> text, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LedgerJson.Default.LedgerLine)
                ?? throw new InvalidDataException($"{path}, line {number}: empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}, line {number}: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerLine))]
internal sealed partial class LedgerJson : JsonSerializerContext;
