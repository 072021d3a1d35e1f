using System.Text.Json;

namespace Telemed.FirmwareSim;

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
