using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Storage;

/// <summary>Brings a SQLite file to the newest schema: numbered, embedded SQL files, each applied once in a transaction of its
/// own and counted in the file's user_version.</summary>
internal static class SchemaMigrations
{
    /// <summary>Applies what is missing. <paramref name="folder"/> is the namespace of the SQL files. Throws when the file was
    /// written by a later version of this program.</summary>
    public static void Apply(SqliteConnection connection, string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var scripts = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + ".", StringComparison.Ordinal))
            .ToDictionary(name => int.Parse(name[(folder.Length + 1)..^".sql".Length].TrimStart('_'), CultureInfo.InvariantCulture));
        var version = Convert.ToInt32(SqliteFile.Execute(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > scripts.Keys.Max())
        {
            throw new InvalidOperationException(
                $"{connection.DataSource} has schema {version}; this program knows {scripts.Keys.Max()} and must not touch it");
        }

        foreach (var (number, resource) in scripts.Where(script => script.Key > version).OrderBy(script => script.Key))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            using var transaction = connection.BeginTransaction();
            SqliteFile.Execute(connection, reader.ReadToEnd());
            SqliteFile.Execute(connection, $"PRAGMA user_version = {number}");
            transaction.Commit();
        }
    }
}
