using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Where a question of the Bluetooth stack and a person's answer meet. Only the one device that is being served gets an answer;
/// whatever else asks is rejected without a person being troubled.
/// </summary>
public sealed partial class PairingDesk(IOptions<PairingOptions> options, TimeProvider time, ILogger<PairingDesk> logger) : IPairingPrompt
{
    private readonly TimeSpan _limit = options.Value.AnswerLimit;
    private readonly Lock _gate = new();
    private DeviceId? _served;
    private TaskCompletionSource<PairingAnswer>? _waiting;

    /// <summary>The question that waits for a person, or the code that is shown; null when there is none.</summary>
    public PairingQuestion? Question { get; private set; }

    /// <summary>What a failure of this exchange would be owed to, as far as the person's answers tell; null: not to them.</summary>
    internal PairingFailure? Blame { get; private set; }

    /// <summary>What became of an answer.</summary>
    public enum Taken
    {
        /// <summary>It is on its way to the meter.</summary>
        Yes,

        /// <summary>No question is open, or no more.</summary>
        NothingAsked,

        /// <summary>Six digits were asked for, or 1 to 16 characters.</summary>
        CodeNeeded,
    }

    /// <inheritdoc/>
    public async Task<PairingAnswer?> AskAsync(DeviceId device, PairingQuestionKind kind, string? code, CancellationToken cancelled)
    {
        var waiting = new TaskCompletionSource<PairingAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Open(device, kind, code, waiting))
        {
            return null;
        }

        try
        {
            var answer = await waiting.Task.WaitAsync(_limit, time, cancelled).ConfigureAwait(false);
            Blame = !answer.Accepted ? PairingFailure.RefusedByPerson
                : kind == PairingQuestionKind.Authorize ? null : PairingFailure.WrongCode;
            return answer.Accepted ? answer : null;
        }
        catch (TimeoutException)
        {
            Blame = PairingFailure.AnswerLate;
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            Clear(waiting);
        }
    }

    /// <inheritdoc/>
    public bool Show(DeviceId device, string code) => Open(device, PairingQuestionKind.ShowCode, code, null);

    /// <summary>Gives a person's answer to the open question.</summary>
    public Taken Answer(PairingAnswer answer)
    {
        lock (_gate)
        {
            if (_waiting is null || Question is null)
            {
                return Taken.NothingAsked;
            }

            var fits = Question.Kind switch
            {
                PairingQuestionKind.EnterPasskey => answer.Code is { Length: 6 } digits && digits.All(char.IsAsciiDigit),
                PairingQuestionKind.EnterPin => answer.Code is { Length: >= 1 and <= 16 } pin && pin.All(char.IsAsciiLetterOrDigit),
                _ => true,
            };
            return answer.Accepted && !fits ? Taken.CodeNeeded : _waiting.TrySetResult(answer) ? Taken.Yes : Taken.NothingAsked;
        }
    }

    /// <summary>From now on this device's questions are asked.</summary>
    internal void Serve(DeviceId device)
    {
        lock (_gate)
        {
            (_served, Blame) = (device, null);
        }
    }

    /// <summary>No device's questions are asked any more; an open one is withdrawn.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _served = null;
            _waiting?.TrySetCanceled();
            (_waiting, Question) = (null, null);
        }
    }

    private bool Open(DeviceId device, PairingQuestionKind kind, string? code, TaskCompletionSource<PairingAnswer>? waiting)
    {
        lock (_gate)
        {
            if (_served != device)
            {
                LogStranger(logger, device, kind);
                return false;
            }

            // The stack has one question at a time: an older one has been given up.
            _waiting?.TrySetCanceled();
            (_waiting, Question) = (waiting, new PairingQuestion(device, kind, code, time.GetUtcNow() + _limit));
            return true;
        }
    }

    private void Clear(TaskCompletionSource<PairingAnswer> waiting)
    {
        lock (_gate)
        {
            if (_waiting == waiting)
            {
                (_waiting, Question) = (null, null);
            }
        }
    }

    [LoggerMessage(EventId = 1150, Level = LogLevel.Warning, Message = "Rejected {Kind} for {Device}, which nobody is pairing")]
    private static partial void LogStranger(ILogger logger, DeviceId device, PairingQuestionKind kind);
}
