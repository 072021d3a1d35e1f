using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Storage;

/// <summary>Opens a SQLite file the way this gateway needs it: write-ahead log, every commit on the disk before it returns.</summary>
internal static class SqliteFile
{
    /// <summary>
    /// Makes the file, its folder and its schema when missing (<paramref name="schema"/>: the namespace of the numbered scripts).
    /// Throws when it cannot be opened or was written by a later version.
    /// </summary>
    public static SqliteConnection Open(string path, string schema)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var connection = Connect(path);
        try
        {
            // FULL: in WAL a COMMIT returns after the sync of the log, so it outlives a power cut.
            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            SchemaMigrations.Apply(connection, schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>One more connection to a file that is there, for reading only.</summary>
    public static SqliteConnection OpenForReading(string path)
    {
        var connection = Connect(Path.GetFullPath(path));
        Execute(connection, "PRAGMA query_only=ON");
        return connection;
    }

    /// <summary>Runs one statement and gives its first value.</summary>
    public static object? Execute(SqliteConnection connection, string sql, object? value = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (value is not null)
        {
            command.Parameters.AddWithValue("$value", value);
        }

        return command.ExecuteScalar();
    }

    private static SqliteConnection Connect(string path)
    {
        // No pool: a connection lives as long as its owner, and closing it must close the file.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA busy_timeout=5000");
        return connection;
    }
}
