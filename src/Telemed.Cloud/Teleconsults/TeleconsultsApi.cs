using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Access;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Teleconsults;

/// <summary>Scheduling, starting and ending teleconsults, and reading what came to them.</summary>
internal static class TeleconsultsApi
{
    internal const int LongestName = 200;

    public static IServiceCollection AddTeleconsults(this IServiceCollection services, TeleconsultOptions options) =>
        services.AddSingleton(options).AddSingleton<TeleconsultStore>();

    public static void MapTeleconsults(this RouteGroupBuilder api)
    {
        var teleconsults = api.MapGroup("/teleconsults");
        teleconsults.MapGet("/", ListAsync);
        teleconsults.MapPost("/", CreateAsync);
        teleconsults.MapPost("/{id:guid}/start", StartAsync);
        teleconsults.MapPost("/{id:guid}/end", EndAsync);
        teleconsults.MapGet("/{id:guid}/readings", ReadingsAsync);
    }

    private static async Task<Ok<IReadOnlyList<Teleconsult>>> ListAsync(TeleconsultStore store, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "teleconsults", null, null, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(store.List());
    }

    private static async Task<Results<Created<TeleconsultCreated>, ProblemHttpResult>> CreateAsync(
        TeleconsultEntry entry, TeleconsultStore store, Registry registry, HttpContext http)
    {
        if (!Guid.TryParse(entry.Patient, out var patient) || !registry.HasPatient(patient))
        {
            return Problems.Invalid("unknown-patient");
        }

        if (entry.AskingUnit is null || entry.AnsweringUnit is null || !registry.HasUnit(entry.AskingUnit) || !registry.HasUnit(entry.AnsweringUnit))
        {
            return Problems.Invalid("unknown-unit");
        }

        if (string.IsNullOrWhiteSpace(entry.Specialist) || entry.Specialist.Length > LongestName)
        {
            return Problems.Invalid("specialist");
        }

        if (entry.ScheduledAt is not { } scheduledAt)
        {
            return Problems.Invalid("scheduled-at");
        }

        var id = await store.CreateAsync(patient, entry.AskingUnit, entry.AnsweringUnit, entry.Specialist, scheduledAt, http.User.Identity!.Name!, http.RequestAborted)
            .ConfigureAwait(false);
        return TypedResults.Created($"/api/teleconsults/{id}", new TeleconsultCreated(id));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> StartAsync(Guid id, TeleconsultStore store, CancellationToken stopping) =>
        Answer(await store.StartAsync(id, stopping).ConfigureAwait(false));

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(Guid id, TeleconsultStore store, CancellationToken stopping) =>
        Answer(await store.EndAsync(id, stopping).ConfigureAwait(false));

    private static async Task<Results<Ok<ReadingPage>, ProblemHttpResult>> ReadingsAsync(
        Guid id, long? after, int? limit, TeleconsultStore store, TelemedDb db, Audit audit, HttpContext http)
    {
        if (store.PatientOf(id) is not { } patient)
        {
            return Problems.NotFound();
        }

        await audit.ReadAsync(http.User, "readings", patient, id, http.RequestAborted).ConfigureAwait(false);
        var from = after ?? 0;
        var readings = db.Read(connection => ObservationStore.OfTeleconsult(connection, id, from, Paging.Limit(limit)));
        return TypedResults.Ok(new ReadingPage(readings.Count > 0 ? readings[^1].Position : from, readings));
    }

    private static Results<NoContent, ProblemHttpResult> Answer(TeleconsultOutcome outcome) => outcome switch
    {
        TeleconsultOutcome.Done => TypedResults.NoContent(),
        TeleconsultOutcome.NotFound => Problems.NotFound(),
        _ => Problems.Conflict("wrong-state"),
    };
}

/// <summary>What is needed to schedule a teleconsult; patient by id, units by CLUES.</summary>
internal sealed record TeleconsultEntry(
    string? Patient, string? AskingUnit, string? AnsweringUnit, string? Specialist, DateTimeOffset? ScheduledAt);

/// <summary>The id of a teleconsult just scheduled.</summary>
internal sealed record TeleconsultCreated(Guid Id);
