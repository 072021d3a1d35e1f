using Dapper;

namespace Telemed.Cloud.Storage;

internal sealed partial class TelemedDb
{
    private const string Scripts = "Telemed.Cloud.Storage.Migrations.sqlite.";

    // All that are missing in one transaction: a start that fails leaves the database as it was.
    private void Migrate()
    {
        _writer.Execute("CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY, applied INTEGER NOT NULL) STRICT");
        var known = typeof(TelemedDb).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Scripts, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        var applied = _writer.Query<string>("SELECT name FROM migration").ToHashSet();
        if (applied.FirstOrDefault(name => !known.Contains(Scripts + name)) is { } newer)
        {
            throw new InvalidOperationException($"The database was written by a later version of this program: it has migration {newer}.");
        }

        _writer.Execute("BEGIN IMMEDIATE");
        foreach (var script in known.Where(script => !applied.Contains(script[Scripts.Length..])))
        {
            _writer.Execute(TextOf(script));
            _writer.Execute(
                "INSERT INTO migration (name, applied) VALUES (@name, @applied)",
                new { name = script[Scripts.Length..], applied = _time.GetUtcNow().ToUnixTimeMilliseconds() });
        }

        _writer.Execute("COMMIT");
    }

    private static string TextOf(string script)
    {
        using var reader = new StreamReader(typeof(TelemedDb).Assembly.GetManifestResourceStream(script)!);
        return reader.ReadToEnd();
    }
}
