using System.Buffers.Binary;
using Telemed.FirmwareSim;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.Morning.Tests;

/// <summary>What came over a link: the gateway's stamps at the instant of arrival, and which reading it truly is (null: none).</summary>
internal sealed record Arrival(ushort Characteristic, byte[] Value, DateTimeOffset Wall, TimeSpan SinceBoot, TrueReading? Reading);

/// <summary>A link between a meter and a box: what the meter notifies waits here, stamped, until the visit hands it over.</summary>
internal sealed class MeterLink(Meter meter, Box box, World world, Truth truth) : ICentral
{
    private static readonly TimeSpan Confirmation = TimeSpan.FromMilliseconds(40);

    public Queue<Arrival> Waiting { get; } = new();

    /// <summary>Neither side has ended it.</summary>
    public bool IsUp { get; private set; } = true;

    public bool IsEncrypted => true;

    public void Notify(Guid characteristic, byte[] value) => Take(NumberOf(characteristic), value);

    public void Indicate(Guid characteristic, byte[] value, Action confirmed)
    {
        Take(NumberOf(characteristic), value);
        world.After(Confirmation, () =>
        {
            if (IsUp)
            {
                confirmed();
            }
        });
    }

    /// <summary>The power goes: what was confirmed and not handed over is nowhere any more.</summary>
    public void BoxIsOff()
    {
        foreach (var arrival in Waiting)
        {
            if (meter is not Glucometer && arrival.Reading is { } reading && meter.Memory.WasSent(reading.Number))
            {
                truth.InFlight.Add(reading);
            }
        }

        Disconnect();
    }

    /// <summary>Ends it, whoever wants so.</summary>
    public void Disconnect()
    {
        if (IsUp)
        {
            IsUp = false;
            meter.Disconnected();
        }
    }

    private static ushort NumberOf(Guid characteristic) => BinaryPrimitives.ReadUInt16LittleEndian(characteristic.ToByteArray());

    private void Take(ushort characteristic, byte[] value) =>
        Waiting.Enqueue(new Arrival(characteristic, value, box.Time.GetUtcNow(), box.Boot.SinceBoot, ReadingOf(characteristic, value)));

    private TrueReading? ReadingOf(ushort characteristic, byte[] value)
    {
        if (characteristic == NumberOf(GattUuid.ContinuousOximetry))
        {
            return truth.NoteSample(meter, world.Now);
        }

        if (characteristic != NumberOf(GattUuid.GlucoseMeasurement) && characteristic != NumberOf(GattUuid.BloodPressureMeasurement))
        {
            return null;
        }

        // Two results of a cuff without a clock may have the same octets: it hands them over in order, each once.
        var octets = Convert.ToHexStringLower(value);
        var same = meter.Memory.Stored.Where(line => line.Frame == octets).ToList();
        var line = same.Find(line => !meter.Memory.WasSent(line.Number!.Value)) ?? same[0];
        return truth.Of(meter, line.Number!.Value);
    }
}
