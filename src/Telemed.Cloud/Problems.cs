using Microsoft.AspNetCore.Http.HttpResults;

namespace Telemed.Cloud;

/// <summary>Errors of the API: a Spanish title for people and a code in <c>type</c> for programs (RFC 9457).</summary>
internal static class Problems
{
    /// <summary>Not there, or not for this person: the two look the same.</summary>
    public static ProblemHttpResult NotFound() => Of(StatusCodes.Status404NotFound, "not-found");

    /// <summary>The state doesn't allow it.</summary>
    public static ProblemHttpResult Conflict(string code) => Of(StatusCodes.Status409Conflict, code);

    /// <summary>What was sent can't be used; the code says which part of it.</summary>
    public static ProblemHttpResult Invalid(string code) => Of(StatusCodes.Status400BadRequest, code);

    /// <summary>The sign-in did not hold.</summary>
    public static ProblemHttpResult SignInRefused() => Of(StatusCodes.Status401Unauthorized, "sign-in-refused");

    /// <summary>Fills in what the framework leaves open when it refuses a request itself.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        if (problem.Type is null || problem.Type.StartsWith("http", StringComparison.Ordinal))
        {
            (problem.Title, problem.Type) = (TitleOf(status), CodeOf(status));
        }

        problem.Detail = null;
        problem.Extensions.Clear();
    }

    private static ProblemHttpResult Of(int status, string code) =>
        TypedResults.Problem(statusCode: status, title: TitleOf(status), type: code);

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "Es necesario iniciar sesión.",
        StatusCodes.Status404NotFound => "No se encontró.",
        StatusCodes.Status409Conflict => "El estado actual no lo permite.",
        >= 500 => "El servicio no pudo atender la petición.",
        _ => "La petición no es válida.",
    };

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "not-signed-in",
        StatusCodes.Status404NotFound => "not-found",
        StatusCodes.Status409Conflict => "wrong-state",
        >= 500 => "internal",
        _ => "invalid-request",
    };
}
