using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Telemed.EndToEnd.Tests;

/// <summary>The arrows of the house: who may see whom. A breach is a design question, so the answer stands in an ADR or in this table.</summary>
public partial class HouseTests
{
    private static readonly string Root = FindRoot();

    // Project → what it may reference. Demo builds three programs without seeing them.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Telemed.Vitals"] = [],
        ["Telemed.Mqtt"] = [],
        ["Telemed.DBus"] = [],
        ["Telemed.Edge"] = ["Telemed.Vitals", "Telemed.Mqtt", "Telemed.DBus"],
        ["Telemed.Cloud"] = ["Telemed.Vitals", "Telemed.Mqtt"],
        ["Telemed.FirmwareSim"] = ["Telemed.DBus"],
        ["Telemed.Demo"] = [],
    };

    // What may be named only in some folders (of the whole tree without tests).
    private static readonly (string Word, string[] Folders)[] Rooms =
    [
        ("Telemed.DBus", ["src/Telemed.DBus", "src/Telemed.Edge/Ble/BlueZ", "firmware-sim"]),
        ("Telemed.Mqtt", ["src/Telemed.Mqtt", "src/Telemed.Edge/Uplink", "src/Telemed.Cloud/Ingest", "src/Telemed.Cloud/Broker"]),
        ("Microsoft.Data.Sqlite", ["src/Telemed.Edge/Storage", "src/Telemed.Edge/Outbox", "src/Telemed.Edge/Attribution", "src/Telemed.Edge/Timing", "src/Telemed.Cloud/Storage"]),
        ("libmosquitto", ["src/Telemed.Mqtt"]),
        ("libsystemd", ["src/Telemed.DBus"]),
        ("Google.Protobuf", ["src/Telemed.Vitals/Wire"]),
    ];

    // Inside the gateway: room → rooms of the gateway it may know.
    private static readonly Dictionary<string, string[]> EdgeRooms = new()
    {
        ["Gatt"] = [],
        ["Storage"] = [],
        ["Ble"] = ["Gatt"],
        ["Coding"] = ["Gatt"],
        ["Quirks"] = ["Ble", "Gatt", "Coding"],
        ["Timing"] = ["Ble", "Storage"],

        // What waits for a person lies in the outbox's own commits (docs/adr: the worklist); moments are Timing's.
        ["Attribution"] = ["Ble", "Storage", "Timing", "Outbox"],
        ["Outbox"] = ["Storage"],
        ["Uplink"] = ["Outbox"],
        ["Carried"] = ["Outbox"],
        ["Panel"] = ["Ble", "Outbox"],
    };

    [Fact]
    public void Projects_reference_only_what_the_arrows_allow()
    {
        foreach (var file in Files("*.csproj").Where(file => !file.StartsWith("tests/", StringComparison.Ordinal)))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var seen = XDocument.Load(Path.Combine(Root, file)).Descendants("ProjectReference")
                .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
                .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));

            seen.Except(Arrows[name]).ShouldBeEmpty(name);
        }
    }

    [Fact]
    public void Each_foreign_part_is_named_only_in_its_room()
    {
        var breaches =
            from file in Files("*.cs")
            where !file.StartsWith("tests/", StringComparison.Ordinal)
            let code = CodeOf(file)
            from room in Rooms
            where Regex.IsMatch(code, Regex.Escape(room.Word) + @"\b") && !room.Folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal))
            select $"{file} names {room.Word}";

        breaches.ShouldBeEmpty();
    }

    [Fact]
    public void Rooms_of_the_gateway_know_only_the_rooms_before_them()
    {
        var breaches =
            from room in EdgeRooms
            from file in Files("*.cs").Where(file => file.StartsWith($"src/Telemed.Edge/{room.Key}/", StringComparison.Ordinal))
            from Match use in EdgeNamespace().Matches(CodeOf(file))
            let other = use.Groups[1].Value
            where other != room.Key && EdgeRooms.ContainsKey(other) && !room.Value.Contains(other)
            select $"{file} knows {other}";

        breaches.ShouldBeEmpty();
    }

    [Fact]
    public void The_main_paths_stay_readable_in_one_go()
    {
        File.ReadLines(Path.Combine(Root, "src/Telemed.Edge/VitalsPipeline.cs")).Count().ShouldBeLessThanOrEqualTo(120);
        File.ReadLines(Path.Combine(Root, "src/Telemed.Cloud/Ingest/ObservationIngest.cs")).Count().ShouldBeLessThanOrEqualTo(120);
    }

    [GeneratedRegex(@"\bTelemed\.Edge\.(\w+)")]
    private static partial Regex EdgeNamespace();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();

    private static string CodeOf(string file) => Comments().Replace(File.ReadAllText(Path.Combine(Root, file)), "");

    private static IEnumerable<string> Files(string pattern) =>
        from file in Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, file)
        where !relative.StartsWith("artifacts/", StringComparison.Ordinal) && !relative.Contains("node_modules/", StringComparison.Ordinal)
        select relative;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Telemed.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests must run inside the repository.");
        }

        return folder.FullName;
    }
}
