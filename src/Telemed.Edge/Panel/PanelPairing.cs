using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Panel;

/// <summary>
/// Pairing without a screen: whatever meter is in its pairing mode near the box, if it is the only one. To have pressed the button is
/// the consent; a meter that asks for digits needs the page.
/// </summary>
internal sealed class PanelPairing(MeterPairing pairing, PairingDesk desk, IOptions<PanelOptions> options)
{
    private PairingWish? _wish;

    /// <summary>Whether a meter is being paired, on whoever's wish.</summary>
    public bool IsRunning => pairing.Progress is { State: not (PairingState.Paired or PairingState.Failed) };

    private bool IsOurs => _wish is not null && pairing.Progress?.Wish == _wish;

    /// <summary>Begins; or cancels the one that is under way, also the page's, since nobody else is at the box. False when neither was possible.</summary>
    public async Task<bool> ToggleAsync()
    {
        if (IsRunning)
        {
            _wish = null;
            await pairing.CancelAsync().ConfigureAwait(false);
            return true;
        }

        var wish = new PairingWish(null, null, null, options.Value.Station);
        _wish = pairing.TryBegin(wish) ? wish : null;
        return _wish is not null;
    }

    /// <summary>Says yes where a yes is all that is asked, and gives how a pairing of the panel's has ended, once.</summary>
    public bool? Look()
    {
        if (!IsOurs)
        {
            return null;
        }

        if (desk.Question is { Kind: PairingQuestionKind.Authorize })
        {
            desk.Answer(new PairingAnswer(true, null));
        }

        if (IsRunning)
        {
            return null;
        }

        _wish = null;
        return pairing.Progress is { State: PairingState.Paired };
    }
}
