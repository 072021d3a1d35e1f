using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Live;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Calls;

/// <summary>The signalling of a call: a stream of what the other side tells, and a place to tell it something.</summary>
internal static class CallApi
{
    private const int LongestKey = 64;

    // A session description with its candidates is some 10 kB.
    private const int LongestSignal = 64 * 1024;

    public static IServiceCollection AddCalls(this IServiceCollection services, CallOptions options) => services.AddSingleton(options).AddSingleton<CallRooms>();

    public static void MapCalls(this RouteGroupBuilder api)
    {
        var call = api.MapGroup("/teleconsults/{id:guid}/call");
        call.MapGet("/{side}/{key}", Join);
        call.MapPost("/{side}/{key}", Tell).WithMetadata(new RequestSizeLimitAttribute(LongestSignal));
        call.MapGet("/servers", (CallOptions options, TimeProvider time) => TypedResults.Ok(options.Servers(time.GetUtcNow())));
    }

    private static Results<LiveStream, ProblemHttpResult> Join(Guid id, string side, string key, TeleconsultStore teleconsults, CallRooms rooms, TimeProvider time)
    {
        if (SideOf(side) is not { } place || key.Length > LongestKey || teleconsults.StateOf(id) is not { } state)
        {
            return Problems.NotFound();
        }

        if (state is not ("scheduled" or "waiting" or "running"))
        {
            return Problems.Conflict("wrong-state");
        }

        var (watcher, opening) = rooms.Join(id, place, key);
        return new LiveStream(watcher, opening, time);
    }

    private static Results<NoContent, ProblemHttpResult> Tell(Guid id, string side, string key, JsonElement signal, CallRooms rooms) =>
        SideOf(side) is { } place && rooms.Tell(id, place, key, signal) ? TypedResults.NoContent() : Problems.NotFound();

    private static CallSide? SideOf(string text) => text switch
    {
        "specialist" => CallSide.Specialist,
        "unit" => CallSide.Unit,
        _ => null,
    };
}
