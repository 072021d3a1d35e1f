namespace Telemed.Vitals.Wire;

/// <summary>What a topic carries.</summary>
public enum TopicKind
{
    /// <summary>Batches of observations, gateway to cloud, QoS 1.</summary>
    Observations,

    /// <summary>The gateway's state, retained, with last will, QoS 1.</summary>
    Status,

    /// <summary>What the cloud has committed, cloud to gateway, QoS 1.</summary>
    Receipt,

    /// <summary>Commands, cloud to gateway, QoS 1 or 0.</summary>
    Command,

    /// <summary>What a sensor shows now, while somebody watches, gateway to cloud, QoS 0.</summary>
    Live,
}

/// <summary>Builds and reads the topic names <c>telemed/v1/{gateway}/{kind}</c>; nobody else formats one.</summary>
public static class TelemedTopics
{
    private const string Root = "telemed/v1/";

    /// <summary>The topic of one gateway.</summary>
    public static string Of(GatewayId gateway, TopicKind kind) => Root + gateway.Value + "/" + NameOf(kind);

    /// <summary>The filter for all gateways, as in <c>telemed/v1/+/obs</c>; with a group, an MQTT 5 shared subscription.</summary>
    public static string Filter(TopicKind kind, string? sharedGroup = null) =>
        (sharedGroup is null ? "" : "$share/" + sharedGroup + "/") + Root + "+/" + NameOf(kind);

    /// <summary>False when the topic is not one of ours or its gateway name is not valid.</summary>
    public static bool TryParse(string topic, out GatewayId gateway, out TopicKind kind)
    {
        (gateway, kind) = (default, default);
        if (!topic.StartsWith(Root, StringComparison.Ordinal) || topic[Root.Length..].Split('/') is not [var name, var leaf])
        {
            return false;
        }

        gateway = new GatewayId(name);
        var found = Enum.GetValues<TopicKind>().Where(candidate => NameOf(candidate) == leaf).ToArray();
        kind = found.FirstOrDefault();
        return found.Length == 1 && GatewayId.IsValid(name);
    }

    private static string NameOf(TopicKind kind) => kind switch
    {
        TopicKind.Observations => "obs",
        TopicKind.Status => "status",
        TopicKind.Receipt => "receipt",
        TopicKind.Live => "live",
        _ => "command",
    };
}
