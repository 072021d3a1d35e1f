using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// The cloud's commands on their way to the rooms that carry them out. A room names the kind that it takes before the host starts; one that nobody
/// takes is told in the log and changes nothing.
/// </summary>
public sealed class CommandDesk
{
    private readonly Dictionary<Type, Action<GatewayCommand>> _takers = [];

    /// <summary>
    /// <paramref name="carryOut"/> is called on the uplink's thread, in the order of coming, and holds up what comes behind it. What it throws ends the
    /// connection, and a new one is tried. The last to take a kind has it.
    /// </summary>
    public void Take<T>(Action<T> carryOut)
        where T : GatewayCommand => _takers[typeof(T)] = command => carryOut((T)command);

    /// <summary>Null when it was carried out, else a reason code.</summary>
    internal string? Give(ReadOnlySpan<byte> payload)
    {
        if (!CommandCodec.TryDecode(payload, out var command, out var failure))
        {
            return failure;
        }

        if (!_takers.TryGetValue(command!.GetType(), out var carryOut))
        {
            return "nobody-takes-it";
        }

        carryOut(command);
        return null;
    }
}
