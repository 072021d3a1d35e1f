using System.Threading.Channels;

namespace Telemed.Edge.Panel;

/// <summary>The panel of a gateway without one: the page shows its light and presses its button.</summary>
public sealed class SimulatedPanel(TimeProvider time) : IPanel
{
    private readonly Channel<ButtonEdge> _edges = Channel.CreateUnbounded<ButtonEdge>();
    private (bool Light, bool Sound) _shown;
    private volatile bool _pressed;

    /// <inheritdoc/>
    public PanelHealth Health { get; } = new(PanelCondition.None, null, time.GetUtcNow());

    /// <inheritdoc/>
    public ChannelReader<ButtonEdge> Edges => _edges.Reader;

    /// <inheritdoc/>
    public bool IsPressed => _pressed;

    /// <summary>Whether the light is on.</summary>
    public bool Lit => _shown.Light;

    /// <summary>Whether the sounder sounds.</summary>
    public bool Sounding => _shown.Sound;

    /// <summary>The button goes down; nothing happens when it is down.</summary>
    public void Press() => Move(true);

    /// <summary>The button goes up; nothing happens when it is up.</summary>
    public void Release() => Move(false);

    /// <inheritdoc/>
    public void Show(bool light, bool sound) => _shown = (light, sound);

    private void Move(bool pressed)
    {
        if (_pressed != pressed)
        {
            _pressed = pressed;
            _edges.Writer.TryWrite(new ButtonEdge(pressed, time.GetElapsedTime(0)));
        }
    }
}
