using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Pages;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Asked;

/// <summary>The forms by which a specialist asks for a measurement and takes a request back. A script sends them without leaving the page.</summary>
internal static class AskedApi
{
    /// <summary>What can be asked for, with how many in a row.</summary>
    public static readonly (VitalSign Sign, int Times)[] Choices =
    [
        (VitalSign.BloodPressure, 1), (VitalSign.BloodPressure, 3), (VitalSign.Glucose, 1), (VitalSign.OxygenSaturation, 1), (VitalSign.Temperature, 1), (VitalSign.Weight, 1),
    ];

    public static IServiceCollection AddAsked(this IServiceCollection services) => services.AddSingleton<AskedStore>().AddHostedService<AskedPost>();

    public static void MapAsked(this IEndpointRouteBuilder app)
    {
        app.MapPost("/teleconsulta/{id:guid}/pedir", AskAsync);
        app.MapPost("/teleconsulta/{id:guid}/pedir/{request:guid}/retirar", WithdrawAsync);
    }

    private static async Task<IResult> AskAsync(Guid id, [FromForm] string? que, AskedStore store, HttpContext http)
    {
        var choice = Choices.FirstOrDefault(each => NameOf(each) == que);
        if (choice.Sign is null)
        {
            return TypedResults.BadRequest();
        }

        return await store.AskAsync(id, choice.Sign, choice.Times, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false) switch
        {
            TeleconsultOutcome.NotFound => TypedResults.NotFound(),
            TeleconsultOutcome.WrongState => Visitor.SeeOther($"/teleconsulta/{id}?aviso=changed"),
            _ => Visitor.SeeOther($"/teleconsulta/{id}"),
        };
    }

    private static async Task<IResult> WithdrawAsync(Guid id, Guid request, [FromForm] IFormCollection form, AskedStore store, HttpContext http)
    {
        // The form is bound for its antiforgery token alone.
        _ = form;
        await store.WithdrawAsync(id, request, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false);
        return Visitor.SeeOther($"/teleconsulta/{id}");
    }

    /// <summary>A choice as the form sends it: <c>bloodPressure-3</c>.</summary>
    public static string NameOf((VitalSign Sign, int Times) choice) => $"{choice.Sign.Name}-{choice.Times}";
}
