using System.Security.Claims;
using Dapper;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Access;

/// <summary>
/// Who read which patient's data. The row is on the disk before the data leave, and when it can't be written they don't.
/// </summary>
internal sealed class Audit(TelemedDb db)
{
    /// <summary>Notes that this person reads <paramref name="what"/>; patient and teleconsult where it is about one.</summary>
    public async Task ReadAsync(ClaimsPrincipal who, string what, Guid? patient, Guid? teleconsult, CancellationToken stopping) =>
        await db.WriteAsync(
            writing => writing.Connection.Execute(
                "INSERT INTO audit (at, who, what, patient, teleconsult) VALUES (@now, @who, @what, @patient, @teleconsult)",
                new
                {
                    now = writing.NowMs,
                    who = who.Identity?.Name ?? throw new InvalidOperationException("Nobody is signed in."),
                    what,
                    patient = patient is { } p ? Octets.Of(p) : null,
                    teleconsult = teleconsult is { } t ? Octets.Of(t) : null,
                }),
            stopping: stopping).ConfigureAwait(false);
}
