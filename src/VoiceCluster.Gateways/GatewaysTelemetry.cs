using System.Diagnostics.Metrics;
using VoiceCluster.Gateways.Splices;

namespace VoiceCluster.Gateways;

/// <summary>What the gateways count.</summary>
internal static class GatewaysTelemetry
{
    private static readonly Meter Meter = new("VoiceCluster.Gateways");

    /// <summary>Voice sessions that hold a websocket or may resume.</summary>
    public static UpDownCounter<long> VoiceSessions { get; } =
        Meter.CreateUpDownCounter<long>("voicecluster.gateway.sessions", "{session}", "Voice sessions with a websocket or within their resume window.");

    /// <summary>Voice websockets closed, by close code and by who closed.</summary>
    public static Counter<long> VoiceCloses { get; } =
        Meter.CreateCounter<long>("voicecluster.gateway.closes", "{close}", "Voice websockets closed, by close code and side.");

    /// <summary>Clients that had missed who came or went, and were told.</summary>
    public static Counter<long> ParticipantRepairs { get; } =
        Meter.CreateCounter<long>("voicecluster.gateway.repairs", "{repair}", "Voice sessions whose list of others in the call was put right.");

    /// <summary>Ends of splices on this node, by role.</summary>
    public static UpDownCounter<long> Splices { get; } =
        Meter.CreateUpDownCounter<long>("voicecluster.gateway.splices", "{splice}", "Voice websockets that one node has and another one's session uses, by this node's role.");

    /// <summary>Sockets that were not spliced, by reason.</summary>
    public static Counter<long> SplicesRefused { get; } =
        Meter.CreateCounter<long>("voicecluster.gateway.splices.refused", "{splice}", "Voice websockets that were not spliced to the node of their session, by reason.");

    /// <summary>Splices that broke, by role.</summary>
    public static Counter<long> SplicesLost { get; } =
        Meter.CreateCounter<long>("voicecluster.gateway.splices.lost", "{splice}", "Splices that ended because the other node or the way to it was lost, by this node's role.");

    /// <summary>LVSP links that are live.</summary>
    public static UpDownCounter<long> LvspSessions { get; } =
        Meter.CreateUpDownCounter<long>("voicecluster.lvsp.sessions", "{session}", "LVSP sessions with a live link to this node.");

    /// <summary>LVSP links closed, by close code and by who closed.</summary>
    public static Counter<long> LvspCloses { get; } =
        Meter.CreateCounter<long>("voicecluster.lvsp.closes", "{close}", "LVSP links closed, by close code and side.");

    /// <summary>LVSP requests handled, by kind and outcome.</summary>
    public static Counter<long> LvspRequests { get; } =
        Meter.CreateCounter<long>("voicecluster.lvsp.requests", "{request}", "LVSP requests, by kind and outcome.");

    /// <summary>LVSP messages passed over, by reason.</summary>
    public static Counter<long> LvspSkipped { get; } =
        Meter.CreateCounter<long>("voicecluster.lvsp.skipped", "{message}", "LVSP messages of no use, by reason.");

    /// <summary>LVSP frames that a link numbered by itself.</summary>
    public static Counter<long> LvspUnstored { get; } =
        Meter.CreateCounter<long>("voicecluster.lvsp.unstored", "{frame}", "LVSP frames sent while the store was away and stored later.");

    private static readonly Counter<long> Deferred = Meter.CreateCounter<long>(
        "voicecluster.lvsp.deferred", "{request}", "LVSP requests that waited because their entity could not be reached, by outcome.");

    /// <summary>Counts the end of a request that had to wait.</summary>
    public static void CountDeferred(string outcome) => Deferred.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>The label of an end of a splice.</summary>
    public static KeyValuePair<string, object?> RoleOf(SpliceRole role) => new("role", role == SpliceRole.Client ? "client" : "session");

    /// <summary>Counts a close.</summary>
    public static void CountClose(Counter<long> counter, int? code, string side) =>
        counter.Add(1, new KeyValuePair<string, object?>("code", code ?? 1006), new KeyValuePair<string, object?>("side", side));
}
