using System.Collections.Concurrent;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Meters that are read no more: the stack forgets them and their keys. One that cannot be forgotten now, because there is no radio, is
/// forgotten when there is one again.
/// </summary>
public sealed partial class RetiredMeters : IDisposable
{
    private readonly IBleCentral _central;
    private readonly IEnrolledDevices _enrolled;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<DeviceId, bool> _remembered = new();

    /// <summary>Nothing is forgotten before <see cref="ForgetAsync"/>.</summary>
    public RetiredMeters(IBleCentral central, IEnrolledDevices enrolled, ILogger<RetiredMeters> logger)
    {
        (_central, _enrolled, _logger) = (central, enrolled, logger);
        central.RadioChanged += TryAgain;
    }

    /// <summary>Has the stack forget a meter that is enrolled no more. Never fails.</summary>
    public async Task ForgetAsync(DeviceId device)
    {
        if (_enrolled.Contains(device))
        {
            _remembered.TryRemove(device, out _);
            return;
        }

        try
        {
            _remembered[device] = true;
            await _central.RemoveAsync(device, CancellationToken.None).ConfigureAwait(false);
            _remembered.TryRemove(device, out _);
        }
        catch (BleException e)
        {
            LogRemembered(_logger, device, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _central.RadioChanged -= TryAgain;

    private void TryAgain(RadioState radio)
    {
        if (radio == RadioState.On)
        {
            // Not on the radio's own thread.
            _ = Task.Run(() => Task.WhenAll(_remembered.Keys.Select(ForgetAsync)));
        }
    }

    [LoggerMessage(EventId = 1158, Level = LogLevel.Warning, Message = "{Device} is retired and its keys are still there: {Reason}")]
    private static partial void LogRemembered(ILogger logger, DeviceId device, string reason);
}
