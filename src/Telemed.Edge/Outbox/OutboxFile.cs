using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;

namespace Telemed.Edge.Outbox;

/// <summary>What is particular to the outbox's file: its size limit and its epoch.</summary>
internal static class OutboxFile
{
    /// <summary>The tables of the lanes, each at its lane's number.</summary>
    public static readonly string[] Lanes = ["outbox_urgent", "outbox_normal", "outbox_bulk"];

    /// <summary>
    /// Held for as long as the outbox is open; the kernel lets go of it with the process. Two that write would each trust counts of their own.
    /// </summary>
    public static FileStream Lock(OutboxOptions options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Path))!);
        try
        {
            return new FileStream(options.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            throw new IOException($"{options.Path} is in use by another process: one gateway at a time, and none while a command works on its file.", e);
        }
    }

    /// <summary>Makes the file and its schema when missing and gives the writer's connection.</summary>
    public static SqliteConnection OpenForWriting(OutboxOptions options)
    {
        try
        {
            return Open(options);
        }
        catch (SqliteException e) when (IsOfTheDisk(e) && new SpaceReserve(options).Release())
        {
            return Open(options);
        }
    }

    /// <summary>The disk (or the file's limit) is at fault, not the write: the same may work later.</summary>
    public static bool IsOfTheDisk(Exception e) => e is SqliteException { SqliteErrorCode: IoError or Full or CannotOpen };

    private const int IoError = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    private static SqliteConnection Open(OutboxOptions options)
    {
        var connection = SqliteFile.Open(options.Path, "Telemed.Edge.Outbox.Schema");
        var pages = (long)options.MaximumMegabytes * 1024 * 1024 / Number(connection, "PRAGMA page_size");
        SqliteFile.Execute(connection, $"PRAGMA max_page_count={pages}");
        var epoch = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));
        SqliteFile.Execute(connection, "INSERT INTO outbox_state (epoch) SELECT $value WHERE NOT EXISTS (SELECT 1 FROM outbox_state)", epoch);
        return connection;
    }

    /// <summary>One number by one query, 0 when it gives none.</summary>
    public static long Number(SqliteConnection connection, string sql) =>
        Convert.ToInt64(SqliteFile.Execute(connection, sql) ?? 0L, CultureInfo.InvariantCulture);
}
