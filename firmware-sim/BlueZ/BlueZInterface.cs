using Telemed.DBus;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>Methods of exported interfaces that run with the world's gate held.</summary>
internal static class BlueZInterface
{
    private static readonly IReadOnlyList<object> Nothing = [];

    /// <summary>A method that is answered at once with what it returns.</summary>
    public static DBusInterface Answer(
        this DBusInterface target, World world, string name, string input, string output, Func<DBusCall, object> handler) =>
        target.Method(name, input, output, call =>
        {
            lock (world.Gate)
            {
                return Task.FromResult<IReadOnlyList<object>>([handler(call)]);
            }
        });

    /// <summary>A method without a result.</summary>
    public static DBusInterface Do(
        this DBusInterface target, World world, string name, string input, Action<DBusCall> handler) =>
        target.Method(name, input, "", call =>
        {
            lock (world.Gate)
            {
                handler(call);
                return Task.FromResult(Nothing);
            }
        });

    /// <summary>A method without a result whose answer comes when the task ends; it is begun with the gate held.</summary>
    public static DBusInterface Begin(
        this DBusInterface target, World world, string name, string input, Func<DBusCall, Task> handler) =>
        target.Method(name, input, "", async call =>
        {
            Task begun;
            lock (world.Gate)
            {
                begun = handler(call);
            }

            await begun.ConfigureAwait(false);
            return Nothing;
        });
}
