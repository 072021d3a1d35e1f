using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Outbox;

/// <summary>How the file is opened: by the writer once, and by the reader once.</summary>
internal static class OutboxFile
{
    private const int PageBytes = 4096;

    /// <summary>Makes the file and its schema when missing and gives the writer's connection.</summary>
    public static SqliteConnection OpenForWriting(OutboxOptions options)
    {
        var path = Path.GetFullPath(options.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var connection = Open(path, SqliteOpenMode.ReadWriteCreate);

        // FULL: in WAL a COMMIT returns after the sync of the log, so it outlives a power cut.
        Execute(connection, $"PRAGMA page_size={PageBytes}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        Execute(connection, $"PRAGMA max_page_count={(long)options.MaximumMegabytes * 1024 * 1024 / PageBytes}");
        SchemaMigrations.Apply(connection, "Telemed.Edge.Outbox.Schema");
        var epoch = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));
        Execute(connection, "INSERT INTO outbox_state (epoch) SELECT $value WHERE NOT EXISTS (SELECT 1 FROM outbox_state)", epoch);
        return connection;
    }

    /// <summary>A connection that can only read.</summary>
    public static SqliteConnection OpenForReading(OutboxOptions options)
    {
        var connection = Open(Path.GetFullPath(options.Path), SqliteOpenMode.ReadWrite);
        Execute(connection, "PRAGMA query_only=ON");
        return connection;
    }

    /// <summary>One number by one query.</summary>
    public static long Number(SqliteConnection connection, string sql) =>
        Convert.ToInt64(Execute(connection, sql) ?? 0L, CultureInfo.InvariantCulture);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA busy_timeout=5000");
        return connection;
    }

    private static object? Execute(SqliteConnection connection, string sql, object? value = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (value is not null)
        {
            command.Parameters.AddWithValue("$value", value);
        }

        return command.ExecuteScalar();
    }
}
