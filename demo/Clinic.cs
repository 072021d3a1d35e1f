using System.Net.Http.Json;
using System.Text.Json;

namespace Telemed.Demo;

/// <summary>
/// The simulated unit: who is there, which meters stand there, one running teleconsult and the patient session at the gateway that
/// belongs to it. Everything is put in through the front doors, and again without harm when it is there already.
/// </summary>
internal sealed class Clinic(CloudClient cloud, HttpClient gateway)
{
    public const string GatewayName = "gw-demo";
    private const string AskingUnit = "DGIMB000999";
    private const string AnsweringUnit = "DGSSA000888";
    private const string Station = "consultorio-1";
    private static readonly Guid Patient = new("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f20");

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

        Teleconsult = await RunningTeleconsultAsync();
        await OpenSessionAsync();
        foreach (var (address, _, name) in meters)
        {
            using var enrolled = await gateway.PutAsJsonAsync($"/api/devices/{address}", new { label = name, station = Station });
            enrolled.EnsureSuccessStatusCode();
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
        var sessions = await gateway.GetFromJsonAsync<JsonElement>("/api/sessions");
        if (!sessions.EnumerateArray().Any(session =>
            session.GetProperty("closed").ValueKind == JsonValueKind.Null && session.GetProperty("patient").GetGuid() == Patient))
        {
            using var opened = await gateway.PostAsJsonAsync("/api/sessions", new { station = Station, patient = Patient, nurse = "demo" });
            opened.EnsureSuccessStatusCode();
        }
    }
}
