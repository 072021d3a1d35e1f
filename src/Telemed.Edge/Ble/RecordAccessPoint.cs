using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>
/// The Record Access Control Point of one link: one procedure at a time, each closed by the meter, by silence or by the link's end.
/// A procedure that is given up is aborted, so that the meter is ready for whoever asks next. Nothing here can delete.
/// </summary>
internal sealed class RecordAccessPoint(
    IPeripheralConnection connection, GattCharacteristic point, VisitStream stream, BleOptions options, TimeProvider time)
{
    // ATT errors: of the common profile codes, and what Glucose Service 1.0 has for the same two.
    private const byte InProgress = 0xFE;
    private const byte InProgress10 = 0x80;
    private const byte ConfigurationImproper = 0xFD;
    private const byte ConfigurationImproper10 = 0x81;

    private volatile RecordProcedure? _procedure;

    /// <summary>Called by the stream with what the control point indicates.</summary>
    public void Receive(ReadOnlySpan<byte> indication) => _procedure?.Receive(indication);

    /// <summary>
    /// Writes a request and waits for its closing answer. A meter that is still busy with an earlier procedure is told to stop it,
    /// and one that does not know our subscriptions is subscribed anew (<paramref name="subscribe"/>), each once.
    /// </summary>
    public async Task<RecordAccessControlPoint> AskAsync(
        byte[] request, Action<VisitStep> step, Func<Task> subscribe, CancellationToken stop)
    {
        for (var (aborted, subscribed) = (false, false); ;)
        {
            step(VisitStep.RequestRecords);
            try
            {
                return await AskOnceAsync(request, step, stop).ConfigureAwait(false);
            }
            catch (BleException e) when (!aborted && e.AttError is InProgress or InProgress10)
            {
                aborted = true;
                await AbortAsync(Task.CompletedTask).ConfigureAwait(false);
                await Task.Delay(options.RestBeforeRecords, time, stop).ConfigureAwait(false);
            }
            catch (BleException e) when (!subscribed && e.AttError is ConfigurationImproper or ConfigurationImproper10)
            {
                subscribed = true;
                await subscribe().ConfigureAwait(false);
            }
        }
    }

    private async Task<RecordAccessControlPoint> AskOnceAsync(byte[] request, Action<VisitStep> step, CancellationToken stop)
    {
        var procedure = _procedure = new RecordProcedure((RecordAccessOpCode)request[0]);
        var asked = stream.Touch();

        // Not cancelled: what was written cannot be taken back, only aborted.
        var write = connection.WriteAsync(point, request, CancellationToken.None);
        var closed = Task.WhenAny(procedure.Answer, stream.Ended);
        var quiet = false;
        try
        {
            // The answer to the write may come after the records and even after the indication that closes them.
            if (await Task.WhenAny(write, closed).WaitAsync(stop).ConfigureAwait(false) == write)
            {
                await TakenAsync(write, asked).ConfigureAwait(false);
            }

            step(VisitStep.Records);
            quiet = await stream.IsQuietAsync(closed, () => options.RecordsIdle, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await AbortAsync(write).ConfigureAwait(false);
            throw;
        }

        if (quiet)
        {
            await AbortAsync(write).ConfigureAwait(false);
            throw new BleException(BleFailure.TimedOut, $"No record came for {options.RecordsIdle}.");
        }

        // One operation at a time; what this one is answered matters no more.
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return procedure.Answer.IsCompleted
            ? await procedure.Answer.ConfigureAwait(false)
            : throw await stream.LinkEndAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Awaits the request's write. One left unanswered while the meter sends, or whose answer was lost with the link, was taken:
    /// what has arrived is the better answer.
    /// </summary>
    private async Task TakenAsync(Task write, long asked)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (BleException e) when ((e.Failure == BleFailure.TimedOut && stream.ArrivedSince(asked))
            || connection.Disconnected.IsCompleted)
        {
            // Whether the procedure was closed, or how the link ended, is seen by whoever waits for it.
        }
    }

    /// <summary>Asks the meter to stop and waits for its word; whoever gave up goes on whether it comes or not.</summary>
    private async Task AbortAsync(Task write)
    {
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var procedure = _procedure = new RecordProcedure(RecordAccessOpCode.AbortOperation);
        try
        {
            await connection.WriteAsync(point, RecordAccessRequest.Abort(), CancellationToken.None).ConfigureAwait(false);
            await Task.WhenAny(procedure.Answer, stream.Ended).WaitAsync(options.CallLimit, time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BleException or TimeoutException)
        {
            // It was given up because of its silence, or the link goes away anyhow.
        }
    }
}
