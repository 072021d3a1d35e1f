using System.Xml.Linq;

namespace Telemed.DBus;

/// <summary>The description of an object in XML; D-Bus specification, "Introspection Data Format".</summary>
internal static class Introspection
{
    private const string DocumentType = """
        <!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">

        """;

    private static readonly XElement[] OfEverything =
    [
        Interface(ExportedObjects.Introspectable, Method("Introspect", "", "s")),
        Interface(ExportedObjects.Peer, Method("Ping", "", ""), Method("GetMachineId", "", "s")),
    ];

    private static readonly XElement OfObjects = Interface(
        ExportedObjects.Properties,
        Method("Get", "ss", "v"), Method("GetAll", "s", "a{sv}"), Method("Set", "ssv", ""), Signal("PropertiesChanged", "sa{sv}as"));

    private static readonly XElement OfTheRoot = Interface(
        ExportedObjects.ObjectManager,
        Method("GetManagedObjects", "", "a{oa{sa{sv}}}"), Signal("InterfacesAdded", "oa{sa{sv}}"), Signal("InterfacesRemoved", "oas"));

    /// <summary>Interfaces are null where nothing is exported and only children are.</summary>
    internal static string Describe(IEnumerable<DBusInterface>? interfaces, IEnumerable<string> children, bool isRoot) => DocumentType + new XElement(
        "node",
        OfEverything,
        interfaces is null ? null : OfObjects,
        isRoot ? OfTheRoot : null,
        interfaces?.Select(Describe),
        children.Select(child => new XElement("node", new XAttribute("name", child))));

    private static XElement Describe(DBusInterface described) => Interface(
        described.Name,
        [
            .. described.Methods.Select(each => Method(each.Key, each.Value.In, each.Value.Out)),
            .. described.Signals.Select(each => Signal(each.Key, each.Value)),
            .. described.Properties.Select(each => new XElement(
                "property",
                new XAttribute("name", each.Key),
                new XAttribute("type", each.Value.Signature),
                new XAttribute("access", each.Value.Set is null ? "read" : "readwrite"))),
        ]);

    private static XElement Interface(string name, params XElement[] members) => new("interface", new XAttribute("name", name), members);

    private static XElement Method(string name, string arguments, string results) =>
        new("method", new XAttribute("name", name), Arguments(arguments, "in"), Arguments(results, "out"));

    private static XElement Signal(string name, string arguments) => new("signal", new XAttribute("name", name), Arguments(arguments, null));

    private static IEnumerable<XElement> Arguments(string signature, string? direction) => DBusType.ParseList(signature).Select(type =>
        new XElement("arg", new XAttribute("type", type.Signature), direction is null ? null : new XAttribute("direction", direction)));
}
