using System.Text;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Outbox;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>Files that earlier versions have left, with entries that wait: nothing is lost, and the numbers go on where they were.</summary>
public sealed class OutboxSchemaTests : IDisposable
{
    private const byte Kind = 7;
    private static readonly Guid Key = new("11111111-2222-3333-4444-555555555555");

    private readonly OutboxFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_of_the_first_schema_goes_on_with_its_entries_and_its_numbers()
    {
        // Five entries were appended, one of them still waits.
        Make(
            schema: 1,
            """
            INSERT INTO capture (number, device, characteristic, value, arrival, boot, since_boot) VALUES (5, 'C0FFEE000001', 10805, x'00', 0, 'boot-1', 0);
            INSERT INTO outbox (sequence, lane, capture, payload) VALUES (5, 1, 5, CAST('fifth' AS BLOB)), (3, 1, 5, CAST('third' AS BLOB));
            DELETE FROM outbox WHERE sequence = 5;
            INSERT INTO outbox_state (epoch) VALUES (42);
            """);

        using var outbox = _folder.Open();

        outbox.Epoch.ShouldBe(42UL);
        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => (row.Sequence, OutboxFolder.Text(row))).ShouldBe([(3UL, "third")]);
        var appended = await outbox.AppendAsync(OutboxFolder.One("next"));
        (appended.Sequences[0], appended.Captures[0]).ShouldBe((6UL, 6UL));
    }

    [Fact]
    public async Task A_file_with_one_table_for_all_lanes_goes_on_with_everything_that_lies_in_it()
    {
        MakeOfSixthSchema();

        using var outbox = _folder.Open();

        outbox.Epoch.ShouldBe(42UL);
        outbox.Peek(OutboxLane.Urgent, 0, 10, 1000).Select(Row).ShouldBe([(2, 11, "urgent")]);
        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(Row).ShouldBe([(1, 10, "normal"), (5, 0, "act")]);
        outbox.Peek(OutboxLane.Bulk, 0, 10, 1000).Select(Row).ShouldBe([(3, 12, "bulk"), (4, 12, "bulk again")]);
        outbox.Dating(0, 10).Select(row => (row.Capture, Encoding.UTF8.GetString(row.Payload))).ShouldBe([(10UL, "dating")]);
        outbox.Refused(10).Select(row => row.Sequence).ShouldBe([6UL]);
        outbox.LastRecord(OutboxFolder.Device).ShouldBe(17u);
        var depth = outbox.Depth();
        (depth.Urgent, depth.Normal, depth.Bulk, depth.Held, depth.OldestArrival).ShouldBe((1, 2, 2, 1, DateTimeOffset.FromUnixTimeMilliseconds(1000)));

        outbox.Held().Select(row => row.Capture).ShouldBe([13UL]);

        (await outbox.AppendAsync(new OutboxWrite { Release = [13] })).Sequences.ShouldBe([9UL]);
        Row(outbox.Peek(OutboxLane.Normal, 8, 10, 1000).Single()).ShouldBe((9, 13, "alone"));
        var appended = await outbox.AppendAsync(OutboxFolder.One("next"));
        (appended.Sequences[0], appended.Captures[0]).ShouldBe((10UL, 16UL));
        await outbox.AppendAsync(new OutboxWrite { Keep = [new KeptDocument(Kind, Key, "now"u8.ToArray())] });
        outbox.Kept(Kind, 0).Single().Number.ShouldBe(5UL);
    }

    [Fact]
    public async Task A_reading_that_lay_in_an_older_file_can_still_be_dated_better_and_its_capture_is_history_once_it_is_receipted()
    {
        _folder.Options.HistoryKept = 0;
        MakeOfSixthSchema();
        using var outbox = _folder.Open();

        await outbox.AppendAsync(new OutboxWrite { Release = [13] });
        var amendment = OutboxFolder.Draft("amendment");
        await outbox.AppendAsync(new OutboxWrite { Redate = [new OutboxRedating(12, _ => "better"u8.ToArray(), DateTimeOffset.UnixEpoch, amendment, default)] });

        OutboxFolder.Text(outbox.Peek(OutboxLane.Bulk, 0, 1, 1000)[0]).ShouldBe("better");
        await outbox.AppendAsync(OutboxFolder.Many(20));
        await outbox.ReceiptAsync(outbox.Epoch, [(1, 100)], []);

        Numbers("SELECT number FROM capture WHERE number < 16").ShouldBeEmpty();
    }

    [Fact]
    public async Task Numbers_are_never_given_twice_though_every_row_that_bore_one_is_gone_and_the_file_is_opened_anew()
    {
        _folder.Options.HistoryKept = 0;
        var document = new KeptDocument(Kind, Guid.NewGuid(), "document"u8.ToArray());
        using (var outbox = _folder.Open())
        {
            var first = await outbox.AppendAsync(OutboxFolder.Many(40) with { Keep = [document] });
            await outbox.AppendAsync(new OutboxWrite { Forget = [(Kind, document.Key)] });
            await outbox.ReceiptAsync(outbox.Epoch, [(first.Sequences[0], first.Sequences[^1])], []);
        }

        Numbers("SELECT sequence FROM outbox UNION ALL SELECT number FROM capture UNION ALL SELECT number FROM kept").ShouldBeEmpty();

        using (var again = _folder.Open())
        {
            again.TotalAppended.ShouldBe(40UL);
            var next = await again.AppendAsync(OutboxFolder.One("next") with { Keep = [document] });
            (next.Sequences[0], next.Captures[0]).ShouldBe((41UL, 41UL));
            again.Kept(Kind, 0).Single().Number.ShouldBe(2UL);
        }
    }

    private static (int Sequence, int Capture, string Text) Row(OutboxRow row) => ((int)row.Sequence, (int)row.Capture, OutboxFolder.Text(row));

    // Waiting in each lane, held, an act, dating, a refusal, a cursor, documents; the numbers had come further than what is there.
    private void MakeOfSixthSchema() => Make(
        schema: 6,
        """
        INSERT INTO capture (number, device, type, value, arrival, boot, since_boot)
            SELECT value, 'C0FFEE000001', zeroblob(16), x'00', value * 100, 'boot-1', 0 FROM json_each('[10, 11, 12, 13, 15]');
        INSERT INTO outbox (sequence, lane, capture, at, payload) VALUES
            (1, 1, 10, NULL, CAST('normal' AS BLOB)), (2, 0, 11, NULL, CAST('urgent' AS BLOB)), (3, 2, 12, NULL, CAST('bulk' AS BLOB)),
            (4, 2, 12, NULL, CAST('bulk again' AS BLOB)), (5, 1, NULL, 5000, CAST('act' AS BLOB)), (8, 1, 15, NULL, CAST('receipted' AS BLOB));
        DELETE FROM outbox WHERE sequence = 8;
        DELETE FROM capture WHERE number = 15;
        INSERT INTO held (capture, lane, payload, alone) VALUES (13, 1, CAST('held' AS BLOB), CAST('alone' AS BLOB));
        INSERT INTO dating (capture, payload) VALUES (10, CAST('dating' AS BLOB));
        INSERT INTO refused (sequence, by_cloud, reason, at, payload) VALUES (6, 1, 'no', 0, x'00');
        INSERT INTO meter (device, last_record) VALUES ('C0FFEE000001', 17);
        INSERT INTO kept (number, kind, key, payload) VALUES (3, 7, x'11111111222233334444555555555555', x''), (4, 8, x'11111111222233334444555555555555', x'');
        DELETE FROM kept WHERE number = 4;
        INSERT INTO outbox_state (epoch) VALUES (42);
        """);

    private void Make(int schema, string rows)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False");
        connection.Open();
        for (var number = 1; number <= schema; number++)
        {
            Execute(connection, Script(number));
        }

        Execute(connection, $"{rows} PRAGMA user_version = {schema};");
    }

    private static string Script(int number)
    {
        var assembly = typeof(DurableOutbox).Assembly;
        var name = assembly.GetManifestResourceNames().Single(name =>
            name.EndsWith($"Outbox.Schema.000{number}.sql", StringComparison.Ordinal) || name.EndsWith($"Outbox.Schema._000{number}.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private List<long> Numbers(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<long> numbers = [];
        while (reader.Read())
        {
            numbers.Add(reader.GetInt64(0));
        }

        return numbers;
    }
}
