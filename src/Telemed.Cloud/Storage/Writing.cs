using System.Data.Common;

namespace Telemed.Cloud.Storage;

/// <summary>One transaction of the one writer: its connection and the one instant that all of it happens at.</summary>
internal sealed class Writing(DbConnection connection, DateTimeOffset now, Dictionary<string, PreparedStatement> prepared)
{
    /// <summary>The writer's connection, inside the transaction.</summary>
    public DbConnection Connection => connection;

    /// <summary>When, in UTC; the same for every row of the transaction.</summary>
    public DateTimeOffset Now => now;

    /// <summary><see cref="Now"/> as the tables hold it.</summary>
    public long NowMs => now.ToUnixTimeMilliseconds();

    /// <summary>The statement, prepared once in the life of the connection. Parameters are @0, @1 … in order.</summary>
    public PreparedStatement Prepare(string sql, int parameters)
    {
        if (!prepared.TryGetValue(sql, out var statement))
        {
            prepared[sql] = statement = new PreparedStatement(connection, sql, parameters);
        }

        return statement;
    }
}

/// <summary>A statement that is run once for each row of a batch.</summary>
internal sealed class PreparedStatement : IDisposable
{
    private readonly DbCommand _command;

    public PreparedStatement(DbConnection connection, string sql, int parameters)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            var parameter = _command.CreateParameter();
            parameter.ParameterName = FormattableString.Invariant($"@{i}");
            parameter.Value = DBNull.Value;
            _command.Parameters.Add(parameter);
        }

        _command.Prepare();
    }

    /// <summary>Runs it; the first column of the first row, or null when there is no row.</summary>
    public object? Run(params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            _command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return _command.ExecuteScalar();
    }

    public void Dispose() => _command.Dispose();
}
