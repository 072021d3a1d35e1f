namespace Telemed.FirmwareSim.Gatt;

/// <summary>What a control point has to do next.</summary>
public abstract record RecordStep
{
    private RecordStep()
    {
    }

    /// <summary>Send the record (and its context, when it has one).</summary>
    public sealed record Send(ushort Sequence) : RecordStep;

    /// <summary>Forget these records.</summary>
    public sealed record Forget(IReadOnlyList<ushort> Sequences) : RecordStep;

    /// <summary>Indicate the answer that ends the procedure, then call <see cref="RecordAccess.Finished"/>.</summary>
    public sealed record Answer(byte[] Octets) : RecordStep;
}

/// <summary>
/// The Record Access Control Point as a state machine: idle, or one procedure under way whose steps the meter takes one by
/// one at its own pace. It sends nothing itself and has no clock.
/// </summary>
public sealed class RecordAccess(bool filters)
{
    private readonly Queue<RecordStep> _steps = new();

    /// <summary>A procedure is under way: from an accepted write until its answer was confirmed.</summary>
    public bool Running { get; private set; }

    /// <summary>Steps that are still to be taken.</summary>
    public int Waiting => _steps.Count;

    /// <summary>
    /// A central's write. <see cref="AttError.None"/>: accepted, take the steps. Requests are refused at once when the
    /// control point itself (or, for a report, the records' characteristic) is not subscribed, and while a procedure runs,
    /// unless it is an abort.
    /// </summary>
    public AttError Write(
        ReadOnlySpan<byte> octets, IReadOnlyList<RecordKey> records, bool answersSubscribed, bool recordsSubscribed)
    {
        if (octets.Length < 2)
        {
            return AttError.InvalidLength;
        }

        var operation = (RecordOperation)octets[0];
        if (!answersSubscribed || (operation == RecordOperation.Report && !recordsSubscribed))
        {
            return AttError.ConfigurationImproper;
        }

        if (Running && operation != RecordOperation.Abort)
        {
            return AttError.ProcedureInProgress;
        }

        Begin(RecordRequest.Read(octets, records, filters));
        return AttError.None;
    }

    /// <summary>The next step, or null when the procedure waits for its answer to be confirmed, or none runs.</summary>
    public RecordStep? Next() => _steps.TryDequeue(out var step) ? step : null;

    /// <summary>The answer was confirmed: the procedure has ended.</summary>
    public void Finished() => Running = _steps.Count > 0;

    /// <summary>The link is gone: what was running is forgotten.</summary>
    public void Reset()
    {
        _steps.Clear();
        Running = false;
    }

    private void Begin(RecordRequest request)
    {
        // An abort that is well formed takes the place of what is left; a malformed one leaves it running.
        var aborts = request is { Operation: RecordOperation.Abort, Refusal: RecordResponse.Success };
        if (aborts)
        {
            _steps.Clear();
        }

        Running = true;
        if (request.Refusal == RecordResponse.Success)
        {
            switch (request.Operation)
            {
                case RecordOperation.Report:
                    foreach (var sequence in request.Sequences)
                    {
                        _steps.Enqueue(new RecordStep.Send(sequence));
                    }

                    break;
                case RecordOperation.Delete:
                    _steps.Enqueue(new RecordStep.Forget(request.Sequences));
                    break;
                case RecordOperation.Count:
                    _steps.Enqueue(new RecordStep.Answer(
                        new Octets().U8((int)RecordOperation.CountResponse).U8(0).U16(request.Sequences.Count).ToArray()));
                    return;
            }
        }

        _steps.Enqueue(new RecordStep.Answer(new Octets()
            .U8((int)RecordOperation.Response).U8(0).U8((int)request.Operation).U8((int)request.Refusal).ToArray()));
    }
}
