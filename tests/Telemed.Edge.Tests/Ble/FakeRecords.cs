namespace Telemed.Edge.Tests.Ble;

/// <summary>
/// A glucometer's memory behind a scripted meter: it counts and reports all, those from a number on, and the newest, in true frames
/// without a result. What goes wrong with it, the test says.
/// </summary>
internal sealed class FakeRecords
{
    public FakeRecords(string address, params ushort[] numbers)
    {
        Numbers = [.. numbers];
        Meter = new FakeMeter(address)
            .Notifies(Meters.GlucoseService, 0x2A18)
            .Notifies(Meters.GlucoseService, 0x2A34)
            .Writes(Meters.GlucoseService, 0x2A52, Take);
    }

    public FakeMeter Meter { get; }

    /// <summary>In the order in which they are reported.</summary>
    public List<ushort> Numbers { get; }

    /// <summary>Reported, and lost before they reach the gateway, as many times.</summary>
    public Dictionary<ushort, int> Lost { get; } = [];

    /// <summary>Called before each record is reported; false: the report ends here, without a closing word.</summary>
    public Func<ushort, bool> BeforeRecord { get; set; } = _ => true;

    /// <summary>Called before a request is looked at; it may throw what the stack would answer.</summary>
    public Action<byte[]> BeforeRequest { get; set; } = _ => { };

    /// <summary>What was written to the control point, in hexadecimal.</summary>
    public IEnumerable<string> Requests =>
        Meter.Did.Where(did => did.StartsWith("write 2A52 ", StringComparison.Ordinal)).Select(did => did["write 2A52 ".Length..]);

    private void Take(byte[] request)
    {
        BeforeRequest(request);
        var first = request is [_, 0x03, 0x01, var low, var high] ? low | (high << 8) : 0;
        var wanted = Numbers.Where(number => number >= first).ToList();
        switch (request)
        {
            case [0x04, ..]:
                Meter[0x2A52].Send(0x05, 0x00, (byte)wanted.Count, (byte)(wanted.Count >> 8));
                break;
            case [0x03, ..]:
                Meter[0x2A52].Send(0x06, 0x00, 0x03, 0x01);
                break;
            default:
                Report(request is [0x01, 0x06] ? [wanted.Max()] : wanted);
                break;
        }
    }

    private void Report(List<ushort> numbers)
    {
        foreach (var number in numbers)
        {
            if (!BeforeRecord(number))
            {
                return;
            }

            var lost = Lost.GetValueOrDefault(number);
            Lost[number] = lost - 1;
            if (lost <= 0)
            {
                Meter[0x2A18].Send(0x00, (byte)number, (byte)(number >> 8), 0xEA, 0x07, 11, 22, 9, 30, 0);
            }
        }

        Meter[0x2A52].Send(0x06, 0x00, 0x01, (byte)(numbers.Count == 0 ? 0x06 : 0x01));
    }
}
