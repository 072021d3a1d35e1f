using Telemed.Edge.Attribution;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>
/// Signing in and out, the same for pages and programs. PINs are checked one at a time, so that the box's processor stays free for meters.
/// </summary>
public sealed partial class SignInDesk(Nurses nurses, SignIns signIns, Sessions sessions, ILogger<SignInDesk> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Gives the caller's browser its token when both are right; else what is wrong, in words.</summary>
    public async Task<string?> TryAsync(HttpContext http, string account, string pin, Texts texts)
    {
        await _turn.WaitAsync(http.RequestAborted).ConfigureAwait(false);
        try
        {
            var outcome = await nurses.VerifyAsync(account, pin).ConfigureAwait(false);
            if (outcome is { Answer: PinAnswer.Accepted, Nurse: { } nurse })
            {
                LogSignedIn(logger);
                SignInGate.SetCookie(http, signIns.Begin(new NurseName(nurse.Account, nurse.DisplayName)));
                return null;
            }

            LogRefused(logger, outcome.Answer);
            return outcome.WaitFor > TimeSpan.Zero
                ? texts["signIn.wait", Words.Duration(outcome.WaitFor + TimeSpan.FromSeconds(1), texts)]
                : texts["signIn.wrong"];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Signs the caller out. The session that she had opened at this tablet's station ends: what is measured there afterwards is not on
    /// her word.
    /// </summary>
    public void Leave(HttpContext http)
    {
        var token = http.Request.Cookies[SignInGate.Cookie];
        if (signIns.Find(token, used: false) is { Nurse.Account: var account }
            && http.Request.Cookies[PageContext.StationCookie] is { } station
            && sessions.OpenAt(station) is { } open && open.Nurse == account)
        {
            sessions.Close(open.Id);
        }

        signIns.End(token);
        SignInGate.RemoveCookie(http);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    [LoggerMessage(EventId = 1900, Level = LogLevel.Warning, Message = "A sign-in at the nurse's page was refused: {Answer}")]
    private static partial void LogRefused(ILogger logger, PinAnswer answer);

    [LoggerMessage(EventId = 1901, Level = LogLevel.Information, Message = "A nurse signed in")]
    private static partial void LogSignedIn(ILogger logger);
}
