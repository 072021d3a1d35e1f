using System.Threading.Channels;
using Microsoft.Extensions.Options;
using static Telemed.Edge.Panel.GpioUapi;

namespace Telemed.Edge.Panel;

/// <summary>
/// The panel on GPIO lines. Each part is opened by itself, and again every few seconds while it is missing, so that a wire or a chip
/// that comes late or back is used without anybody doing anything. One thread waits for the button and looks after the rest.
/// </summary>
internal sealed partial class GpioPanel : IPanel, IDisposable
{
    // How soon an end, a lost chip or a stop is noticed while nothing happens.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<ButtonEdge> _edges = Channel.CreateUnbounded<ButtonEdge>();
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly Part _led;
    private readonly Part _buzzer;
    private readonly Part _button;

    public GpioPanel(IOptions<PanelOptions> options, TimeProvider time, ILogger<GpioPanel> logger)
    {
        (_time, _logger) = (time, logger);
        var o = options.Value;
        _led = new Part(o.Led, () => GpioLine.Open("Panel:Led", o.Chip, o.Led, LineFlags.Output | ActiveLow(o.LedActiveLow)));
        _buzzer = new Part(o.Buzzer, () => GpioLine.Open("Panel:Buzzer", o.Chip, o.Buzzer, LineFlags.Output | ActiveLow(o.BuzzerActiveLow)));
        var bias = o.ButtonBias switch
        {
            ButtonBias.PullUp => LineFlags.BiasPullUp,
            ButtonBias.PullDown => LineFlags.BiasPullDown,
            _ => LineFlags.BiasDisabled,
        };
        _button = new Part(o.Button, () => GpioLine.Open(
            "Panel:Button", o.Chip, o.Button, LineFlags.Input | LineFlags.EdgeRising | LineFlags.EdgeFalling | bias | ActiveLow(o.ButtonActiveLow), o.Debounce));
        Health = new PanelHealth(PanelCondition.Failing, "The panel has not been opened yet", time.GetUtcNow());
        _thread = new Thread(Run) { Name = "panel", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public PanelHealth Health { get; private set; }

    /// <inheritdoc/>
    public ChannelReader<ButtonEdge> Edges => _edges.Reader;

    /// <inheritdoc/>
    public bool IsPressed
    {
        get
        {
            lock (_gate)
            {
                return _button.Use(line => line.Read());
            }
        }
    }

    /// <inheritdoc/>
    public void Show(bool light, bool sound)
    {
        lock (_gate)
        {
            _led.Set(light);
            _buzzer.Set(sound);
        }
    }

    /// <summary>Light and sounder go off; the lines are free.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        Show(false, false);
        foreach (var part in (Part[])[_led, _buzzer, _button])
        {
            part.Lose();
        }

        _edges.Writer.Complete();
        _stop.Dispose();
    }

    private static LineFlags ActiveLow(bool yes) => yes ? LineFlags.ActiveLow : LineFlags.None;

    private void Run()
    {
        var opened = _time.GetTimestamp();
        Open();
        while (!_stop.IsSet)
        {
            if (Faults().Any() && _time.GetElapsedTime(opened) >= Retry)
            {
                opened = _time.GetTimestamp();
                Open();
            }

            Listen();
            lock (_gate)
            {
                _led.Check();
                _buzzer.Check();
            }

            Tell();
        }
    }

    private void Open()
    {
        lock (_gate)
        {
            _led.Open();
            _buzzer.Open();
            _button.Open();
        }

        Tell();
    }

    // Outside the lock: only this thread opens and loses the button's line, and waiting must keep nobody from the light.
    private void Listen()
    {
        if (_button.Line is not { } line)
        {
            _stop.Wait(Look);
            return;
        }

        try
        {
            foreach (var edge in line.WaitForEdges(Look))
            {
                _edges.Writer.TryWrite(edge);
            }
        }
        catch (GpioException e)
        {
            lock (_gate)
            {
                _button.Lose(e.Message);
            }
        }
    }

    private IEnumerable<string> Faults() => ((Part[])[_led, _buzzer, _button]).Select(part => part.Fault).OfType<string>();

    private void Tell()
    {
        var reason = string.Join(". ", Faults().Distinct());
        var (condition, told) = reason.Length == 0 ? (PanelCondition.Working, (string?)null) : (PanelCondition.Failing, reason);
        if ((condition, told) == (Health.Condition, Health.Reason))
        {
            return;
        }

        Health = new PanelHealth(condition, told, _time.GetUtcNow());
        if (told is null)
        {
            LogWorking(_logger);
        }
        else
        {
            LogFailing(_logger, told);
        }
    }

    [LoggerMessage(EventId = 1600, Level = LogLevel.Information, Message = "The panel works")]
    private static partial void LogWorking(ILogger logger);

    [LoggerMessage(EventId = 1601, Level = LogLevel.Warning, Message = "The panel does not work wholly: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);

    /// <summary>A light, a sounder or a button: the line while there is one, and what should be on it.</summary>
    private sealed class Part(string line, Func<GpioLine> open)
    {
        private bool _level;

        public GpioLine? Line { get; private set; }

        public string? Fault { get; private set; }

        public void Open()
        {
            if (line.Length > 0 && Line is null)
            {
                try
                {
                    Line = open();
                    Fault = null;
                }
                catch (GpioException e)
                {
                    Fault = e.Message;
                }
            }
        }

        /// <summary>Kept also while there is no line, and shown once there is.</summary>
        public void Set(bool level)
        {
            if (level != _level)
            {
                _level = level;
                Check();
            }
        }

        /// <summary>Writes the level, which also tells whether the chip is still there.</summary>
        public void Check() => Use(l =>
        {
            l.Write(_level);
            return true;
        });

        public bool Use(Func<GpioLine, bool> what)
        {
            try
            {
                return Line is { } present && what(present);
            }
            catch (GpioException e)
            {
                Lose(e.Message);
                return false;
            }
        }

        public void Lose(string? fault = null)
        {
            Line?.Dispose();
            (Line, Fault) = (null, fault);
        }
    }
}
