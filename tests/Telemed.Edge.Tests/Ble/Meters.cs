namespace Telemed.Edge.Tests.Ble;

/// <summary>The three kinds of meters, as simple as they can be. Frames are numbered stand-ins: nobody here decodes them.</summary>
internal static class Meters
{
    public const ushort GlucoseService = 0x1808;
    public const ushort CuffService = 0x1810;
    public const ushort OximeterService = 0x1822;

    /// <summary>
    /// Records 1 to <paramref name="records"/>; even ones have a context. Counts and reports "all" and "from n on".
    /// </summary>
    public static FakeMeter Glucometer(string address, int records, Action<FakeMeter, int>? beforeRecord = null)
    {
        var meter = new FakeMeter(address);
        void Answer(byte[] request)
        {
            var first = request is [_, 0x03, 0x01, var low, var high] ? low | (high << 8) : 1;
            if (request[0] == 0x04)
            {
                meter[0x2A52].Send(0x05, 0x00, (byte)(records - first + 1), 0x00);
                return;
            }

            for (var number = first; request[0] == 0x01 && number <= records; number++)
            {
                beforeRecord?.Invoke(meter, number);
                meter[0x2A18].Send(0x10, (byte)number);
                if (number % 2 == 0)
                {
                    meter[0x2A34].Send(0x00, (byte)number);
                }
            }

            meter[0x2A52].Send(0x06, 0x00, request[0], (byte)(first > records ? 0x06 : 0x01));
        }

        return meter
            .Notifies(GlucoseService, 0x2A18)
            .Notifies(GlucoseService, 0x2A34)
            .Writes(GlucoseService, 0x2A52, Answer);
    }

    /// <summary>A glucometer that cannot count, and does nothing of its own when it is asked for records.</summary>
    public static FakeMeter Glucometer(string address, Action<FakeMeter, byte[]> answer)
    {
        var meter = new FakeMeter(address);
        return meter
            .Notifies(GlucoseService, 0x2A18)
            .Notifies(GlucoseService, 0x2A34)
            .Writes(GlucoseService, 0x2A52, request =>
            {
                if (request[0] == 0x04)
                {
                    meter[0x2A52].Send(0x06, 0x00, 0x04, 0x02);
                }
                else
                {
                    answer(meter, request);
                }
            });
    }

    /// <summary>Sends its results as soon as it is subscribed.</summary>
    public static FakeMeter Cuff(string address, int results, bool drops)
    {
        var meter = new FakeMeter(address);
        return meter.Notifies(CuffService, 0x2A35, "indicate", () =>
        {
            for (var number = 1; number <= results; number++)
            {
                meter[0x2A35].Send(0x00, (byte)number);
            }

            if (drops)
            {
                meter.Advertises = false;
                meter.Drop();
            }
        });
    }

    /// <summary>Sends one continuous frame when it is subscribed; the test sends the others.</summary>
    public static FakeMeter Oximeter(string address)
    {
        var meter = new FakeMeter(address);
        return meter
            .Notifies(OximeterService, 0x2A5E, "indicate")
            .Notifies(OximeterService, 0x2A5F, "notify", () => meter[0x2A5F].Send(0x00, 1));
    }
}
