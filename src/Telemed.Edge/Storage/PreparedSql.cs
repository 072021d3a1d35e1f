using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Telemed.Edge.Storage;

/// <summary>
/// One SQL statement, prepared when it is first needed and kept, run again and again with other values: what the outbox does for each reading, without
/// a command, parameters by name and boxes between it and SQLite. Failures are <see cref="SqliteException"/>s, after which it can be run again. Not
/// thread-safe: it belongs to who owns the connection, and ends before it.
/// </summary>
internal sealed class PreparedSql(SqliteConnection connection, string sql) : IDisposable
{
    private const int LongestOnStack = 256;

    private sqlite3_stmt? _statement;

    /// <summary>Puts a value at a place, ?1 being the first (not $1, which SQLite numbers as it meets it); there it stays until another is put.</summary>
    public PreparedSql Bind(int place, long value) => Check(raw.sqlite3_bind_int64(Statement, place, value));

    public PreparedSql Bind(int place, long? value) =>
        value is { } number ? Bind(place, number) : Check(raw.sqlite3_bind_null(Statement, place));

    /// <summary>Octets; they are copied. Empty ones are an empty blob and not NULL.</summary>
    public PreparedSql Bind(int place, ReadOnlySpan<byte> value) => Check(
        value.IsEmpty ? raw.sqlite3_bind_zeroblob(Statement, place, 0) : raw.sqlite3_bind_blob(Statement, place, value));

    /// <summary>Octets, or NULL for null.</summary>
    public PreparedSql BindOrNull(int place, byte[]? value) => value is null ? Bind(place, (long?)null) : Bind(place, value);

    public PreparedSql Bind(int place, string value)
    {
        if (value.Length == 0)
        {
            // An empty span has no address, and that would be NULL.
            return Check(raw.sqlite3_bind_text(Statement, place, ""));
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var octets = most <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[most];
        return Check(raw.sqlite3_bind_text(Statement, place, octets[..Encoding.UTF8.GetBytes(value, octets)]));
    }

    /// <summary>Runs it to its end; gives how many rows it changed.</summary>
    public int Run()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(connection.Handle!);
    }

    /// <summary>What <paramref name="take"/> makes of each of its rows.</summary>
    public List<T> Rows<T>(Func<PreparedSql, T> take)
    {
        List<T> rows = [];
        try
        {
            while (Step())
            {
                rows.Add(take(this));
            }

            return rows;
        }
        finally
        {
            _ = raw.sqlite3_reset(Statement);
        }
    }

    /// <summary>The number in a column of the row that it stands at; 0 for NULL.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(Statement, column);

    /// <summary>The text in a column of the row that it stands at.</summary>
    public string Text(int column) => raw.sqlite3_column_text(Statement, column).utf8_to_string();

    /// <summary>A copy of the octets in a column of the row that it stands at; none for NULL.</summary>
    public byte[] Octets(int column) => raw.sqlite3_column_blob(Statement, column).ToArray();

    public void Dispose() => _statement?.Dispose();

    private sqlite3_stmt Statement => _statement ?? Prepare();

    private sqlite3_stmt Prepare()
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(connection.Handle!, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement), connection.Handle);
        return _statement = statement;
    }

    // False at the end. There, and where it fails, it is made ready to be run anew.
    private bool Step()
    {
        var result = raw.sqlite3_step(Statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        try
        {
            SqliteException.ThrowExceptionForRC(result, connection.Handle);
            return false;
        }
        finally
        {
            _ = raw.sqlite3_reset(Statement);
        }
    }

    private PreparedSql Check(int result)
    {
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return this;
    }
}
