using System.Text.Json.Nodes;

namespace Telemed.Edge.Tests.Gatt;

/// <summary>Octets with what they say, from outside this code: tests/vectors/gatt, one file a characteristic.</summary>
internal sealed record GattVector(string Characteristic, string Name, string Hex, JsonObject Expect)
{
    public byte[] Octets => Convert.FromHexString(Hex);

    public bool IsDecoded => (string?)Expect["outcome"] == "decoded";

    public static IEnumerable<GattVector> All() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "vectors", "gatt"), "*.json")
            .Order(StringComparer.Ordinal)
            .SelectMany(Of);

    /// <summary>What a model of the quirk catalogue means differently: models/NAME.json.</summary>
    public static IEnumerable<(string Model, GattVector Vector)> OfModels() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "vectors", "gatt", "models"), "*.json")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => Of(file).Select(vector => (Path.GetFileNameWithoutExtension(file), vector)));

    private static IEnumerable<GattVector> Of(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsArray()
        .Select(node => node!.AsObject())
        .Select(node => new GattVector(
            (string)node["characteristic"]!, (string)node["name"]!, (string)node["hex"]!, node["expect"]!.AsObject()));
}
