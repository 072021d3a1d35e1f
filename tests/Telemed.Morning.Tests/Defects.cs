using Telemed.Edge.Ble;

namespace Telemed.Morning.Tests;

/// <summary>A defect put between radio and main path, to see that the judge sees it.</summary>
internal enum Defect
{
    /// <summary>None.</summary>
    None,

    /// <summary>The meters' clocks are read ten minutes wrong: about one patient.</summary>
    ClocksReadFarWrong,

    /// <summary>The meters' clocks are read ten seconds wrong.</summary>
    ClocksReadWrong,

    /// <summary>Every hundredth notification is dropped.</summary>
    Forgetful,
}

/// <summary>Passes on what a visit brings, with the meter's clock as a defect would have it.</summary>
internal sealed class MistakenSink(IVisitSink sink, Defect defect) : IVisitSink
{
    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c) => sink.BeginAsync(Mistaken(visit), c);

    public ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c) =>
        sink.ReceiveAsync(Mistaken(visit), notification, readTo, c);

    public ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c) => sink.ReadToAsync(Mistaken(visit), readTo, c);

    public ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c) => sink.EndAsync(Mistaken(visit), end, c);

    private DeviceVisit Mistaken(DeviceVisit visit) => visit.Clock is { } read
        ? visit with { Clock = read with { DeviceLocal = read.DeviceLocal + WrongBy } }
        : visit;

    private TimeSpan WrongBy => defect switch
    {
        Defect.ClocksReadWrong => TimeSpan.FromSeconds(10),
        Defect.ClocksReadFarWrong => TimeSpan.FromMinutes(10),
        _ => TimeSpan.Zero,
    };
}
