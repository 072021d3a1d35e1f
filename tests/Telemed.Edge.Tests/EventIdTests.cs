using System.Reflection;
using Microsoft.Extensions.Logging;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests;

public class EventIdTests
{
    [Fact]
    public void Every_log_message_of_the_gateway_has_a_number_of_its_own()
    {
        var numbers = typeof(BleWorker).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToList();

        numbers.Count.ShouldBeGreaterThan(10);
        numbers.ShouldBeUnique();
    }
}
