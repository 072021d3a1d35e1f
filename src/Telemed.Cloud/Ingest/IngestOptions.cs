namespace Telemed.Cloud.Ingest;

/// <summary>How much is taken at once and how much may wait in memory.</summary>
/// <param name="Rows">The entries of one transaction, more or less: a batch is never divided.</param>
/// <param name="QueuedOctets">When more waits, the link is given up until half is done; the broker and the gateways keep the rest. A little more
/// may come before the broker has taken the leave.</param>
internal sealed record IngestOptions(int Rows, int QueuedOctets)
{
    /// <summary><c>Ingest:Rows</c> (1000) and <c>Ingest:QueuedOctets</c> (64 MiB).</summary>
    public static IngestOptions Read(SettingsReader settings) => new(
        settings.Integer("Ingest:Rows", 1000, 1, 100_000),
        settings.Integer("Ingest:QueuedOctets", 64 * 1024 * 1024, 64 * 1024, int.MaxValue));
}
