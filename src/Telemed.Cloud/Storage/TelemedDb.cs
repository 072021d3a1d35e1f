using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Telemed.Cloud.Storage;

/// <summary>
/// The database: one writer, as many readers as asked for. Everything that only SQLite knows stands in this folder; the rooms see a
/// <see cref="DbConnection"/> and write plain SQL.
/// </summary>
internal sealed partial class TelemedDb : IDisposable
{
    // What SQLite answers when the content is at fault and another try can't help: too big, constraint, type mismatch, range.
    private static readonly int[] ContentFaults = [18, 19, 20, 25];

    private readonly TimeProvider _time;
    private readonly string _readerConnection;
    private readonly SqliteConnection _writer;
    private readonly Dictionary<string, PreparedStatement> _prepared = [];
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Opens <c>telemed.db</c> in the folder, creates it when missing and brings it to this program's version.</summary>
    public TelemedDb(StorageOptions options, TimeProvider time)
    {
        _time = time;
        Directory.CreateDirectory(options.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var connection = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(options.Data, "telemed.db"),
            DefaultTimeout = (int)options.BusyTimeout.TotalSeconds,
        };
        _readerConnection = new SqliteConnectionStringBuilder(connection.ToString()) { Mode = SqliteOpenMode.ReadOnly }.ToString();
        connection.Pooling = false;
        _writer = new SqliteConnection(connection.ToString());
        try
        {
            _writer.Open();

            // WAL lets readers go on while one writes; FULL syncs at every commit, so that a receipt is never ahead of the disk.
            _writer.Execute("""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA cache_size = -65536;
                """);
            Migrate();
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction of its own, alone. When the task completes it is on the disk; when it throws,
    /// nothing of it happened. <paramref name="committed"/> runs after the commit and before the next writer: what is told there is
    /// told in the order of commits, so it must be quick and may not write.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<Writing, T> work, Action<T>? committed = null, CancellationToken stopping = default)
    {
        await _gate.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            _writer.Execute("BEGIN IMMEDIATE");
            T result;
            try
            {
                result = work(new Writing(_writer, _time.GetUtcNow(), _prepared));
                _writer.Execute("COMMIT");
            }
            catch
            {
                Rollback();
                throw;
            }

            committed?.Invoke(result);
            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Runs <paramref name="work"/> on one unchanging view of the database.</summary>
    public T Read<T>(Func<DbConnection, T> work)
    {
        using var connection = new SqliteConnection(_readerConnection);
        connection.Open();
        using var view = connection.BeginTransaction(deferred: true);
        return work(connection);
    }

    /// <summary>True when storing failed because of what was to be stored, so that trying the same again is useless.</summary>
    public static bool IsContentFault(Exception error) => error is not SqliteException sqlite || ContentFaults.Contains(sqlite.SqliteErrorCode);

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
        {
            statement.Dispose();
        }

        _writer.Dispose();
        using var reader = new SqliteConnection(_readerConnection);
        SqliteConnection.ClearPool(reader);
        _gate.Dispose();
    }

    // After some errors (a full disk) SQLite has rolled back by itself, and a second ROLLBACK would hide the first error.
    private void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) == 0)
        {
            _writer.Execute("ROLLBACK");
        }
    }
}
