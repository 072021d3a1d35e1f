using Telemed.Cloud.Access;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Broker;
using Telemed.Cloud.Calls;
using Telemed.Cloud.Carried;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Ingest;
using Telemed.Cloud.Live;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Pages;
using Telemed.Cloud.Patients;
using Telemed.Cloud.PreConsult;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.SetAside;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud;

/// <summary>Builds the cloud service. The program and the tests start the same one.</summary>
public static class CloudHost
{
    /// <summary>
    /// From settings as arguments (<c>--Data=/var/lib/telemed</c>), environment or appsettings.json. Throws
    /// <see cref="WrongSettingsException"/> with all that is wrong in them. Tests may bring their own clock.
    /// </summary>
    public static WebApplication Build(string[] args, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(CloudHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var settings = CloudSettings.Read(builder.Configuration);
        builder.WebHost.UseUrls(settings.Urls.Split(';'));
        AddFramework(builder);

        builder.Services
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(settings.Storage)
            .AddSingleton<TelemedDb>()
            .AddAccess(settings.Access, settings.Storage)
            .AddRegistry()
            .AddRosters()
            .AddGateways()
            .AddObservations()
            .AddSetAside()
            .AddTeleconsults(settings.Teleconsults)
            .AddNotes()
            .AddSingleton(settings.Goals)
            .AddSingleton<PreConsultPacks>()
            .AddLive()
            .AddCalls(settings.Calls)
            .AddAsked()
            .AddBroker(settings.Mqtt)
            .AddIngest(settings.Ingest)
            .AddCarried()
            .AddPages();

        var app = builder.Build();
        app.UseWhen(IsApi, api => api.UseExceptionHandler().UseStatusCodePages());
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapHealth();
        var api = app.MapGroup("/api").RequireAuthorization();
        api.MapAccess();
        api.MapRegistry();
        api.MapRosters();
        api.MapGateways();
        api.MapObservations();
        api.MapSetAside();
        api.MapTeleconsults();
        api.MapLive();
        api.MapCalls();
        api.MapHelpCalls();
        api.MapCarried();
        app.MapPages();
        return app;
    }

    private static void AddFramework(WebApplicationBuilder builder)
    {
        // Every request as two lines would bury what matters, and warn of unencrypted keys that the folder's permissions protect.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = Problems.Complete);
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
        builder.Services.ConfigureHttpJsonOptions(options => CloudJson.Configure(options.SerializerOptions));
    }

    private static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/api");
}
