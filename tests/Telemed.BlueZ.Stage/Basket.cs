using System.Collections.Concurrent;
using Telemed.Edge.Ble;

namespace Telemed.BlueZ.Stage;

/// <summary>
/// Where a visit puts its notifications, in hexadecimal by characteristic; tells who wants to know how many there are. Like the
/// main path it knows the last record that it has.
/// </summary>
internal sealed class Basket : IVisitSink
{
    private readonly ConcurrentQueue<(GattUuid Characteristic, string Frame)> _taken = new();
    private RecordMark? _readTo;

    /// <summary>Called after each notification, with the number of those of its characteristic.</summary>
    public Func<GattUuid, int, Task> OnTaken { get; init; } = (_, _) => Task.CompletedTask;

    public string[] Of(GattUuid characteristic) => [.. _taken.Where(t => t.Characteristic == characteristic).Select(t => t.Frame)];

    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c) => ValueTask.FromResult(_readTo);

    public async ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c)
    {
        _taken.Enqueue((notification.Characteristic, Convert.ToHexStringLower(notification.Value.Span)));
        _readTo = readTo ?? _readTo;
        await OnTaken(notification.Characteristic, _taken.Count(t => t.Characteristic == notification.Characteristic));
    }

    public ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c)
    {
        _readTo = readTo;
        return ValueTask.CompletedTask;
    }

    public ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c) => ValueTask.CompletedTask;
}

/// <summary>Assigned numbers of what is measured.</summary>
internal static class Numbers
{
    public const ushort Glucose = 0x2A18;
    public const ushort BloodPressure = 0x2A35;
    public const ushort Oximetry = 0x2A5F;
}
