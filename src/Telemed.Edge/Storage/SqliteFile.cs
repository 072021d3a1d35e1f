using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Storage;

/// <summary>
/// Opens a SQLite file the way this gateway needs it: write-ahead log, every commit synced to the disk before it returns, and
/// the numbered scripts of the room that owns it applied in order, each in a transaction and recorded by its name.
/// </summary>
public static class SqliteFile
{
    /// <summary><paramref name="schema"/> is the resource prefix of the room's scripts, in the assembly of <paramref name="owner"/>.</summary>
    public static SqliteConnection Open(string path, Type owner, string schema)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = Connect(path);
        try
        {
            Migrate(connection, owner, schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>One more connection to a file that <see cref="Open"/> has prepared.</summary>
    public static SqliteConnection Connect(string path)
    {
        // No pool: a connection lives as long as its owner, and closing it must close the file.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();

        // FULL: in WAL mode, NORMAL would lose the last commits at a power cut. The time-out covers a reader's checkpoint.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;");
        return connection;
    }

    private static void Migrate(SqliteConnection connection, Type owner, string schema)
    {
        Execute(connection, "CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY) STRICT");
        foreach (var name in owner.Assembly.GetManifestResourceNames().Where(name => name.StartsWith(schema, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var transaction = connection.BeginTransaction();
            using var record = connection.CreateCommand();
            record.CommandText = "INSERT INTO migration (name) VALUES ($name) ON CONFLICT DO NOTHING";
            record.Parameters.AddWithValue("$name", name[schema.Length..]);
            if (record.ExecuteNonQuery() == 1)
            {
                using var script = new StreamReader(owner.Assembly.GetManifestResourceStream(name)!);
                Execute(connection, script.ReadToEnd());
            }

            transaction.Commit();
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
