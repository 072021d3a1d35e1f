using System.Text.Json;

namespace Telemed.Demo;

/// <summary>
/// The simulated unit: who is there, which meters stand there, one running teleconsult and the patient session at the gateway that
/// belongs to it. Everything is put in through the front doors, and again without harm when it is there already.
/// </summary>
internal sealed class Clinic(ApiClient cloud, ApiClient gateway)
{
    public const string GatewayName = "gw-demo";
    private const string AskingUnit = "DGIMB000999";
    private const string AnsweringUnit = "DGSSA000888";
    private const string Station = "consultorio-1";
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(60);
    private static readonly Guid Patient = new("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f20");

    /// <summary>Who may sign in at the gateway: account, name, PIN. Invented, as the patients are.</summary>
    public static readonly (string Account, string Name, string Pin)[] Nurses =
        [("enf.lopez", "Enf. Rosa López (demostración)", "2580"), ("enf.ramirez", "Enf. Julio Ramírez (demostración)", "1470")];

    private static readonly (Guid Id, string Given, string First, string Second, string BirthDate, string Sex, string Curp, string Nss, int Minutes)[] Expected =
    [
        (new("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f21"), "Gloria", "Hernández", "García", "1956-04-27", "female", "HEGG560427MVZRRL04", "", 20),
        (new("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f22"), "Carlos", "Gómez", "Marín", "1980-02-29", "male", "GOMC800229HDFMRR07", "12038512344", 40),
        (new("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f23"), "Luis Raúl", "Bello", "Mena", "1992-03-13", "male", "BEML920313HMCLNS09", "", 60),
    ];

    /// <summary>The running teleconsult.</summary>
    public Guid Teleconsult { get; private set; }

    public async Task PrepareAsync(IReadOnlyList<(string Address, string Kind, string Name)> meters)
    {
        await cloud.PutAsync($"/api/units/{AskingUnit}", new { name = "Unidad Médica Rural El Salto (demostración)", timeZone = StackOptions.Zone });
        await cloud.PutAsync($"/api/units/{AnsweringUnit}", new { name = "Hospital General (demostración)", timeZone = StackOptions.Zone });
        await cloud.PutAsync($"/api/gateways/{GatewayName}", new { unit = AskingUnit });
        await cloud.PutAsync($"/api/patients/{Patient}", new { name = "María Elena Prueba Demostración", birthDate = "1961-04-12", sex = "female" });
        foreach (var (address, kind, name) in meters)
        {
            await cloud.PutAsync($"/api/devices/{address.Replace(":", "", StringComparison.Ordinal)}", new { kind, label = name, unit = AskingUnit });
        }

        await StaffAsync();
        Teleconsult = await RunningTeleconsultAsync();
        await ExpectAsync();
        await AtTheGatewayAsync();
        await OpenSessionAsync();
        foreach (var (address, _, name) in meters)
        {
            await gateway.PutAsync($"/api/devices/{address}", new { label = name, station = Station });
        }
    }

    // Nobody can sign in at the gateway before the list with its nurses has come there.
    private async Task AtTheGatewayAsync()
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(100))
        {
            try
            {
                await gateway.GetAsync("/api/status");
                return;
            }
            catch (HttpRequestException e) when (e.StatusCode == System.Net.HttpStatusCode.Unauthorized && TimeProvider.System.GetElapsedTime(start) < ListLimit)
            {
                // Not yet.
            }
        }
    }

    private async Task StaffAsync()
    {
        foreach (var (id, name) in new[] { (Station, "Consultorio 1"), ("consultorio-2", "Consultorio 2"), ("enfermeria", "Enfermería") })
        {
            await cloud.PutAsync($"/api/units/{AskingUnit}/stations/{id}", new { name });
        }

        foreach (var (account, displayName, pin) in Nurses)
        {
            await cloud.PutAsync($"/api/units/{AskingUnit}/nurses/{account}", new { displayName, pin });
        }
    }

    // Who is on today's list; whoever still is from an earlier start is not put there twice.
    private async Task ExpectAsync()
    {
        var scheduled = (await cloud.GetAsync("/api/teleconsults")).EnumerateArray().Any(known => known.GetProperty("state").GetString() is "scheduled" or "waiting");
        foreach (var someone in Expected)
        {
            await cloud.PutAsync($"/api/patients/{someone.Id}", new
            {
                givenName = someone.Given,
                firstSurname = someone.First,
                secondSurname = someone.Second,
                birthDate = someone.BirthDate,
                sex = someone.Sex,
                curp = someone.Curp,
                nss = someone.Nss,
            });
            if (!scheduled)
            {
                await cloud.PostAsync("/api/teleconsults", new
                {
                    patient = someone.Id,
                    askingUnit = AskingUnit,
                    answeringUnit = AnsweringUnit,
                    specialist = "demo",
                    scheduledAt = TimeProvider.System.GetUtcNow().AddMinutes(someone.Minutes),
                });
            }
        }
    }

    private async Task<Guid> RunningTeleconsultAsync()
    {
        foreach (var known in (await cloud.GetAsync("/api/teleconsults")).EnumerateArray())
        {
            if (known.GetProperty("state").GetString() == "running")
            {
                return known.GetProperty("id").GetGuid();
            }
        }

        var created = await cloud.PostAsync("/api/teleconsults", new
        {
            patient = Patient,
            askingUnit = AskingUnit,
            answeringUnit = AnsweringUnit,
            specialist = "demo",
            scheduledAt = TimeProvider.System.GetUtcNow(),
        });
        var id = created.GetProperty("id").GetGuid();
        await cloud.PostAsync($"/api/teleconsults/{id}/start");
        return id;
    }

    private async Task OpenSessionAsync()
    {
        var sessions = await gateway.GetAsync("/api/sessions");
        if (!sessions.EnumerateArray().Any(session =>
            session.GetProperty("closed").ValueKind == JsonValueKind.Null && session.GetProperty("patient").GetGuid() == Patient))
        {
            await gateway.PostAsync("/api/sessions", new { station = Station, patient = Patient });
        }
    }
}
