using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Telemed.Edge;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.BlueZ.Stage;

/// <summary>The whole gateway in this process, wired as in production. Its cloud is out of reach, so what it has read stays to be counted.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private const string Id = "stage";
    private const string Station = "consultorio-1";
    private static readonly TimeSpan PressAgain = TimeSpan.FromSeconds(10);

    private readonly WebApplication _host;
    private readonly string _data;

    private Gateway(WebApplication host, string data) => (_host, _data) = (host, data);

    private DurableOutbox Outbox => _host.Services.GetRequiredService<DurableOutbox>();

    /// <summary>Readings on its disk.</summary>
    public long Durable => Outbox.TotalTaken;

    public VisitLog Visits => _host.Services.GetRequiredService<VisitLog>();

    public IBleCentral Central => _host.Services.GetRequiredService<IBleCentral>();

    /// <summary>Starts it. <paramref name="settings"/> as "Ble:Bus=system".</summary>
    public static async Task<Gateway> StartAsync(params IEnumerable<string> settings)
    {
        var data = Directory.CreateTempSubdirectory("gateway-").FullName;
        var host = EdgeHost.Build(
        [
            $"--Gateway:Id={Id}", $"--Gateway:Data={data}", "--Local:Url=http://127.0.0.1:0", "--Uplink:Port=9", "--Timing:Source=Trusted",
            "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Telemed.Edge.Ble.MeterPairing=Information", .. settings.Select(setting => "--" + setting),
        ]);
        await host.StartAsync();
        return new Gateway(host, data);
    }

    public void Enrol(DeviceId device) =>
        _host.Services.GetRequiredService<AttributionStore>().Enrol(new EnrolledDevice(device, "Medidor", Station));

    public VisitHold? HoldOf(DeviceId device) => _host.Services.GetRequiredService<IEnrolledDevices>().HoldOf(device);

    /// <summary>
    /// The guided pairing: what is asked is answered with yes, the meter goes off when it is told to and is used again.
    /// </summary>
    public async Task PairAsync(Meters meters, string kind)
    {
        var pairing = _host.Services.GetRequiredService<MeterPairing>();
        var desk = _host.Services.GetRequiredService<PairingDesk>();
        Expect.That(pairing.TryBegin(new PairingWish(meters[kind], null, "Medidor", Station)), "a pairing begins");
        await meters.TellAsync("measure " + kind);
        await ReachesAsync(PairingState.Bonded);
        await meters.TellAsync("off " + kind);
        await ReachesAsync(PairingState.Away);
        await meters.TellAsync("measure " + kind);
        await ReachesAsync(PairingState.Paired);
        await pairing.CancelAsync();

        async Task ReachesAsync(PairingState state)
        {
            var (before, pressedAt) = (pairing.Progress!.State, (long?)null);
            await Wait.ForAsync($"the pairing is {state}, not {pairing.Progress}", () =>
            {
                if (desk.Question is { Kind: PairingQuestionKind.Authorize or PairingQuestionKind.ComparePasskey })
                {
                    desk.Answer(new PairingAnswer(true, null));
                }

                var now = pairing.Progress!.State;
                if (now == PairingState.Searching && (before > now || (pressedAt is { } at && TimeProvider.System.GetElapsedTime(at) > PressAgain)))
                {
                    // The link was lost, and the wizard asks for the meter's pairing mode again: somebody presses until it shows itself.
                    _ = meters.TellAsync("measure " + kind);
                    pressedAt = TimeProvider.System.GetTimestamp();
                }

                before = now;
                Expect.That(pairing.Progress.Failure is null, $"no failure before {state}, but {pairing.Progress.Failure}");
                return now >= state;
            });
        }
    }

    /// <summary>Every observation that waits to be sent.</summary>
    public IReadOnlyList<Observation> Readings() =>
    [
        .. from lane in Enum.GetValues<OutboxLane>()
            from row in Outbox.Peek(lane, 0, 10_000, int.MaxValue)
            from entry in ObservationBatchCodec.Decode(new GatewayId(Id), row.Payload).Entries
            where entry.Observation is not null
            select entry.Observation,
    ];

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await _host.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
