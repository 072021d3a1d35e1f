using System.Runtime.CompilerServices;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>What the radio hears of a meter within a time limit, and that it hears nothing of it.</summary>
internal sealed class Sightings(IBleCentral central, TimeProvider time)
{
    /// <summary>Whatever is seen until <paramref name="limit"/> is cancelled, which ends it quietly.</summary>
    public async IAsyncEnumerable<Advertisement> UntilAsync(
        CancellationToken limit, [EnumeratorCancellation] CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
        var seen = central.ScanAsync(either.Token).GetAsyncEnumerator(CancellationToken.None);
        await using (seen.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await seen.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    yield break;
                }

                yield return seen.Current;
            }
        }
    }

    /// <summary>Whether the device is seen within the limit.</summary>
    public async Task<bool> OfAsync(DeviceId device, TimeSpan limit, CancellationToken stop)
    {
        using var end = new CancellationTokenSource(limit, time);
        return await UntilAsync(end.Token, stop).AnyAsync(seen => seen.Device == device, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether, within the limit, nothing is heard of the device for as long as <paramref name="silence"/>, by a radio that was
    /// on all the while.
    /// </summary>
    public async Task<bool> CeaseAsync(DeviceId device, TimeSpan silence, TimeSpan limit, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var heard = began;
        void Heard(RadioState radio) => Volatile.Write(ref heard, time.GetTimestamp());
        using var end = new CancellationTokenSource();
        central.RadioChanged += Heard;
        var listening = ListenAsync();
        try
        {
            while (time.GetElapsedTime(began) < limit)
            {
                var left = silence - time.GetElapsedTime(Volatile.Read(ref heard));
                if (left <= TimeSpan.Zero && central.Radio == RadioState.On)
                {
                    return true;
                }

                await Task.Delay(left > TimeSpan.Zero ? left : silence, time, stop).ConfigureAwait(false);
            }

            return false;
        }
        finally
        {
            central.RadioChanged -= Heard;
            await end.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task ListenAsync()
        {
            await foreach (var seen in UntilAsync(end.Token, stop).ConfigureAwait(false))
            {
                if (seen.Device == device)
                {
                    Heard(RadioState.On);
                }
            }
        }
    }
}
