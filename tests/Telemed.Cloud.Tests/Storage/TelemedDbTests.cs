using Dapper;
using Microsoft.Data.Sqlite;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Tests.Storage;

public sealed class TelemedDbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-db-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Migrations_are_applied_once_and_recorded_by_name()
    {
        var known = Directory.GetFiles(Path.Combine(Repository.Root, "src/Telemed.Cloud/Storage/Migrations/sqlite")).Select(Path.GetFileName).Order();
        Open().Dispose();
        using var db = Open();
        db.Read(connection => connection.Query<string>("SELECT name FROM migration ORDER BY name").ToArray()).ShouldBe(known);
    }

    [Fact]
    public void A_database_of_a_later_program_is_not_touched()
    {
        Open().Dispose();
        using (var connection = new SqliteConnection($"Data Source={_folder}/telemed.db;Pooling=False"))
        {
            connection.Open();
            connection.Execute("INSERT INTO migration (name, applied) VALUES ('9999_later.sql', 0)");
        }

        Should.Throw<InvalidOperationException>(Open).Message.ShouldContain("9999_later.sql");
    }

    [Fact]
    public async Task What_throws_half_way_leaves_nothing_and_the_next_goes_on()
    {
        using var db = Open();
        await Should.ThrowAsync<InvalidOperationException>(() => db.WriteAsync<int>(writing =>
        {
            writing.Connection.Execute("INSERT INTO unit (clues, name, time_zone) VALUES ('A', 'A', 'UTC')");
            throw new InvalidOperationException("half way");
        }));
        await db.WriteAsync(writing => writing.Connection.Execute("INSERT INTO unit (clues, name, time_zone) VALUES ('B', 'B', 'UTC')"));

        db.Read(connection => connection.Query<string>("SELECT clues FROM unit").ToArray()).ShouldBe(["B"]);
    }

    [Fact]
    public void Every_commit_is_synced_and_readers_cannot_write()
    {
        using var db = Open();
        db.Read(connection => connection.ExecuteScalar<string>("PRAGMA journal_mode")).ShouldBe("wal");
        Should.Throw<SqliteException>(() => db.Read(connection => connection.Execute("DELETE FROM unit")));
    }

    [Fact]
    public async Task The_writer_waits_for_the_disk()
    {
        using var db = Open();
        (await db.WriteAsync(writing => writing.Connection.ExecuteScalar<long>("PRAGMA synchronous"))).ShouldBe(2);
        (await db.WriteAsync(writing => writing.Connection.ExecuteScalar<long>("PRAGMA foreign_keys"))).ShouldBe(1);
    }

    private TelemedDb Open() => new(new StorageOptions(_folder, TimeSpan.FromSeconds(1)), new TestClock(Some.Morning));
}
