using Telemed.Edge.Ble;
using Telemed.Edge.Gatt;
using Telemed.FirmwareSim;
using Telemed.FirmwareSim.Devices;
using Telemed.Vitals;
using GattUuid = Telemed.FirmwareSim.Gatt.GattUuid;

namespace Telemed.Morning.Tests;

/// <summary>
/// The box's radio at the level of GATT: sees meters that show themselves, sometimes late and sometimes not at all, and visits them in the
/// order of a real visit: device information, clock, subscriptions, stored records, then whatever comes, at last the clock is set.
/// </summary>
internal sealed class Radio(World world, SimulatedTime time, Truth truth, Random chance, Func<Box?> box, bool forgets)
{
    // Often enough for the order of things; arrivals are stamped when they arrive.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecordsIdle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ListenIdle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ClockOffBy = TimeSpan.FromMinutes(15);
    private const double Unheard = 0.08;
    private const double Lost = 0.04;

    private readonly Dictionary<Meter, MeterLink?> _links = [];
    private readonly Dictionary<Meter, TimeSpan> _ended = [];
    private int _taken;

    /// <summary>No chance any more: every meter that shows itself is heard, and no link is lost.</summary>
    public bool Perfect { get; set; }

    /// <summary>Nobody is connected.</summary>
    public bool IsQuiet => _links.Values.All(link => link is null);

    public void Watch(Meter meter)
    {
        _links[meter] = null;
        meter.AdvertisingChanged += () =>
        {
            if (meter.IsAdvertising && (Perfect || chance.NextDouble() >= Unheard))
            {
                time.Play(VisitAsync(meter));
            }
        };
    }

    /// <summary>Hears every meter that shows itself now.</summary>
    public void LookAround()
    {
        foreach (var meter in _links.Keys.Where(meter => meter.IsAdvertising))
        {
            time.Play(VisitAsync(meter));
        }
    }

    /// <summary>The box went off: so did its links.</summary>
    public void BoxIsOff()
    {
        foreach (var link in _links.Values)
        {
            link?.BoxIsOff();
        }
    }

    private async IAsyncEnumerable<TimeSpan> VisitAsync(Meter meter)
    {
        yield return Seconds(0.5, 6);
        while (time.Elapsed - _ended.GetValueOrDefault(meter, -Pause) < Pause)
        {
            yield return Seconds(0.5, 2);
        }

        if (box() is not { } at || _links[meter] is not null)
        {
            yield break;
        }

        var link = new MeterLink(meter, at, world, truth);
        if (!meter.TryConnect(link))
        {
            yield break;
        }

        _links[meter] = link;
        yield return Seconds(0.3, 1.2);
        if (at.Time.Dead)
        {
            Forget(meter);
            yield break;
        }

        // The answer tells the meter's clock at some instant within the round trip.
        var (sent, outward, back) = (at.Boot.SinceBoot, Seconds(0.02, 0.3), Seconds(0.02, 0.3));
        yield return outward;
        var shown = link.IsUp ? ClockOf(meter) : null;
        yield return back;
        var trip = outward + back;
        var visit = new DeviceVisit(
            DeviceOf(meter), at.Time.GetUtcNow(), InformationOf(meter),
            shown is { } local ? new ClockReading(local, at.Time.GetUtcNow() - (trip / 2), sent + (trip / 2), trip) : null, null);
        if (!link.IsUp || at.Time.Dead)
        {
            Forget(meter);
            yield break;
        }

        var last = await at.Sink.BeginAsync(visit, default);
        foreach (var characteristic in meter.Spec.Services.SelectMany(service => service.Characteristics).Where(c => (c.Operations & (Operations.Notify | Operations.Indicate)) != 0))
        {
            meter.Subscribe(characteristic.Uuid, on: true);
        }

        var records = meter is Glucometer ? new RecordCursor(last?.Number) : null;
        if (records is not null)
        {
            yield return Seconds(0.5, 0.6);
            meter.Write(GattUuid.RecordAccess, last is { } from ? RecordAccessRequest.ReportFrom((ushort)(from.Number + 1)) : RecordAccessRequest.ReportAll());
        }

        var quietSince = time.Elapsed;
        var (closed, handed) = (false, false);
        var end = new VisitEnd(VisitEndReason.Completed, VisitStep.Listen);
        while (!at.Time.Dead && (link.IsUp || link.Waiting.Count > 0) && !closed)
        {
            while (!at.Time.Dead && link.Waiting.TryDequeue(out var arrival))
            {
                quietSince = time.Elapsed;
                if (arrival.Characteristic == 0x2A52)
                {
                    closed = true;
                    continue;
                }

                if (forgets && ++_taken % 100 == 0)
                {
                    continue;
                }

                var number = arrival.Characteristic == 0x2A18 ? BitConverter.ToUInt16(arrival.Value, 1) : (ushort?)null;
                handed = true;
                truth.HandOver(arrival.Reading, at.Sessions.OpenAt(at.Meters.Find(visit.Device)!.Station)?.Patient);
                await at.Sink.ReceiveAsync(
                    visit, new GattNotification(visit.Device, arrival.Characteristic, arrival.Value, arrival.Wall, arrival.SinceBoot),
                    Mark(number is null ? null : records?.Take(number)), default);
            }

            // A cuff lingers: time to set its clock, as the last thing.
            if (link.IsUp && meter is BloodPressureCuff && handed && time.Elapsed - quietSince >= Silence
                && visit.Clock is { } read && at.Part<IUnitClock>().LocalAt(at.Boot.SinceBoot) is { } right && (right - read.DeviceLocal - (at.Boot.SinceBoot - read.SinceBoot)).Duration() > ClockOffBy)
            {
                meter.Write(GattUuid.DateTime, [(byte)right.Year, (byte)(right.Year >> 8), (byte)right.Month, (byte)right.Day, (byte)right.Hour, (byte)right.Minute, (byte)right.Second]);
                var after = new ClockReading(ClockOf(meter)!.Value, at.Time.GetUtcNow(), at.Boot.SinceBoot, TimeSpan.Zero);
                end = end with { ClockSet = true, ClockAfter = after };
                break;
            }

            if (link.IsUp && time.Elapsed - quietSince > (records is null ? ListenIdle : RecordsIdle))
            {
                end = records is null ? end : new VisitEnd(VisitEndReason.TimedOut, VisitStep.Records);
                break;
            }

            if (!Perfect && chance.NextDouble() < Lost * Glance.TotalSeconds / 10)
            {
                link.Disconnect();
            }

            yield return Glance;
        }

        if (!at.Time.Dead)
        {
            if (closed && Mark(records?.Complete()) is { } readTo)
            {
                await at.Sink.ReadToAsync(visit, readTo, default);
            }

            // A meter without a closing word ends its visit by hanging up.
            await at.Sink.EndAsync(visit, records is null || closed || end.Reason == VisitEndReason.TimedOut ? end : new VisitEnd(VisitEndReason.LinkLost, VisitStep.Records), default);
        }

        link.Disconnect();
        Forget(meter);
    }

    private static RecordMark? Mark(ushort? number) => number is { } read ? new RecordMark(read, null) : null;

    private static DateTime? ClockOf(Meter meter) =>
        meter.Read(GattUuid.CurrentTime, out var octets) == 0 && CurrentTime.TryDecode(octets, out var current, out _)
            ? current!.DateTime.Local?.AddSeconds(current.Fractions256 / 256.0)
            : null;

    private void Forget(Meter meter)
    {
        _links[meter]?.Disconnect();
        _links[meter] = null;
        _ended[meter] = time.Elapsed;
        if (meter.IsAdvertising)
        {
            time.Play(VisitAsync(meter));
        }
    }

    private TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * chance.NextDouble()));

    public static DeviceId DeviceOf(Meter meter) => DeviceId.TryParse(meter.Spec.Address, out var device) ? device : throw new InvalidOperationException(meter.Spec.Address);

    private static DeviceInformation InformationOf(Meter meter)
    {
        var told = meter.Spec.Information;
        return new DeviceInformation(told.Manufacturer, told.Model, told.Serial, told.Firmware, null, null) { AdvertisedName = meter.Spec.Name };
    }
}
