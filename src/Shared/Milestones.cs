using System.Diagnostics;

namespace Telemed;

/// <summary>
/// Points of a reading's way that lie between two effects, told to whoever listens to the <see cref="DiagnosticListener"/> "Telemed": a
/// tracer, or a program that ends this one at exactly that point. Nobody listens in production, and then it costs one comparison.
/// </summary>
internal static class Milestones
{
    /// <summary>Gateway: a notification has reached the main path; nothing of it is durable.</summary>
    public const string Notification = "edge.notification";

    /// <summary>Gateway: a transaction of the outbox is written; the next thing is its COMMIT.</summary>
    public const string OutboxCommit = "outbox.commit";

    /// <summary>Gateway: that COMMIT has returned; nobody has been told.</summary>
    public const string OutboxCommitted = "outbox.committed";

    /// <summary>Gateway: a batch is about to be handed to the MQTT client.</summary>
    public const string Publishing = "uplink.publishing";

    /// <summary>Gateway: the client has it.</summary>
    public const string Published = "uplink.published";

    /// <summary>Gateway: the broker's PUBACK has come.</summary>
    public const string PubAck = "uplink.puback";

    /// <summary>Gateway: a receipt has come and nothing was done about it.</summary>
    public const string Receipt = "uplink.receipt";

    /// <summary>Gateway: what a receipt names has left the outbox.</summary>
    public const string ReceiptApplied = "uplink.receipt-applied";

    /// <summary>Cloud: batches are written in a transaction; the next thing is its COMMIT.</summary>
    public const string IngestCommit = "ingest.commit";

    /// <summary>Cloud: that COMMIT has returned; nobody has been told.</summary>
    public const string IngestCommitted = "ingest.committed";

    /// <summary>Cloud: live watchers know; the receipt is about to be sent.</summary>
    public const string Receipting = "ingest.receipting";

    /// <summary>Cloud: the broker has the receipt.</summary>
    public const string Receipted = "ingest.receipted";

    private static readonly DiagnosticListener Source = new("Telemed");

    /// <summary>The way has come to <paramref name="milestone"/>.</summary>
    public static void Reached(string milestone)
    {
        if (Source.IsEnabled(milestone))
        {
            Source.Write<object?>(milestone, null);
        }
    }
}
