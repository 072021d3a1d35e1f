using System.Collections.Concurrent;
using System.Threading.Channels;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Which meters may be visited now: the enrolled ones that nothing holds, and the one that is being paired once it has to prove
/// itself. A meter whose visits speak for a lost bond is held, so that it is not tried again before a person has acted.
/// </summary>
public sealed partial class VisitPermits(IEnrolledDevices enrolled, ILogger<VisitPermits> logger)
{
    private readonly ConcurrentDictionary<DeviceId, BondSuspicion> _suspicions = new();
    private volatile Choice? _choice;

    /// <summary>Whether the device is any business of this gateway.</summary>
    public bool Knows(DeviceId device) => enrolled.Contains(device) || _choice?.Device == device;

    /// <summary>Whether it may be connected now.</summary>
    public bool Allows(DeviceId device) => _choice is { } choice && choice.Device == device
        ? choice.Proof is not null
        : enrolled.Contains(device) && enrolled.HoldOf(device) is null;

    /// <summary>Takes notice of how a visit ended.</summary>
    public void Ended(DeviceId device, VisitEnd end)
    {
        if (_choice is { } choice && choice.Device == device)
        {
            // Of a visit that pairing has cut short nothing can be learned.
            choice.Proof?.TryWrite(end);
            return;
        }

        var suspicion = _suspicions.GetValueOrDefault(device).After(end, enrolled.IsPaired(device));
        _suspicions[device] = suspicion;
        if (suspicion.Verdict is { } hold && enrolled.SetHold(device, hold))
        {
            _suspicions.TryRemove(device, out _);
            LogHeld(logger, device, hold, suspicion.InARow);
        }
    }

    /// <summary>The device is being paired: it is not visited before <see cref="Prove"/>.</summary>
    internal void Choose(DeviceId device)
    {
        _suspicions.TryRemove(device, out _);
        _choice = new Choice(device, null);
    }

    /// <summary>The chosen device may be visited; gives how its visits end.</summary>
    internal ChannelReader<VisitEnd> Prove(DeviceId device)
    {
        var proof = Channel.CreateUnbounded<VisitEnd>();
        _choice = new Choice(device, proof.Writer);
        return proof.Reader;
    }

    /// <summary>No device is being paired any more.</summary>
    internal void Release() => _choice = null;

    private sealed record Choice(DeviceId Device, ChannelWriter<VisitEnd>? Proof);

    [LoggerMessage(EventId = 1151, Level = LogLevel.Warning,
        Message = "{Device} is not visited until a person acts: {Hold} after {InARow} visits that failed alike")]
    private static partial void LogHeld(ILogger logger, DeviceId device, VisitHold hold, int inARow);
}
