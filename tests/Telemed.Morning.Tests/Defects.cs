using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;

namespace Telemed.Morning.Tests;

/// <summary>A defect put between radio and main path, to see that the judge sees it.</summary>
internal enum Defect
{
    /// <summary>None.</summary>
    None,

    /// <summary>Whatever arrives is taken as measured just now.</summary>
    ArrivalIsMeasurement,

    /// <summary>The meters' clocks are read ten seconds wrong.</summary>
    ClocksReadWrong,

    /// <summary>Every hundredth notification is dropped.</summary>
    Forgetful,
}

/// <summary>Passes on what a visit brings, with the meter's clock as a defect would have it.</summary>
internal sealed class MistakenSink(IVisitSink sink, Defect defect) : IVisitSink
{
    private DeviceVisit? _last;

    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c) => sink.BeginAsync(Mistaken(visit), c);

    public ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c) =>
        sink.ReceiveAsync(Mistaken(visit, notification), notification, readTo, c);

    public ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c) => sink.ReadToAsync(visit, readTo, c);

    public ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c) => sink.EndAsync(visit, end, c);

    private DeviceVisit Mistaken(DeviceVisit visit) => defect == Defect.ClocksReadWrong && visit.Clock is { } read
        ? visit with { Clock = read with { DeviceLocal = read.DeviceLocal.AddSeconds(10) } }
        : visit;

    private DeviceVisit Mistaken(DeviceVisit visit, GattNotification notification)
    {
        if (defect == Defect.ArrivalIsMeasurement && GattDecoders.All[notification.Characteristic.Number!.Value](notification.Value.Span, out var value, out _)
            && MeasurementCoding.TryCode(value, out var coded, out _) && coded.DeviceLocal is { } local)
        {
            _last = visit with { Clock = new ClockReading(local, notification.Arrival, notification.SinceBoot, TimeSpan.Zero) };
        }

        // A glucose context has no time: it is of the result before it.
        return _last?.Device == visit.Device ? _last : Mistaken(visit);
    }
}
