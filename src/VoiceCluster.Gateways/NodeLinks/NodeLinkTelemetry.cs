using System.Diagnostics.Metrics;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>What the links count. The tag "peer" has as many values as the cluster has nodes.</summary>
internal static class NodeLinkTelemetry
{
    private static readonly Meter Meter = new("VoiceCluster.Gateways.NodeLinks");

    private static readonly Counter<long> FramesSent =
        Meter.CreateCounter<long>("voicecluster.links.frames.sent", "{frame}", "Frames written to other nodes, those written again among them.");

    private static readonly Counter<long> FramesReceived =
        Meter.CreateCounter<long>("voicecluster.links.frames.received", "{frame}", "Frames that came from other nodes, each counted once.");

    private static readonly Counter<long> BytesSent =
        Meter.CreateCounter<long>("voicecluster.links.bytes.sent", "By", "Bytes written to other nodes.");

    private static readonly Counter<long> BytesReceived =
        Meter.CreateCounter<long>("voicecluster.links.bytes.received", "By", "Bytes that came from other nodes.");

    private static readonly Counter<long> FramesAgain =
        Meter.CreateCounter<long>("voicecluster.links.frames.again", "{frame}", "Frames written again on a new connection.");

    private static readonly Counter<long> Drops =
        Meter.CreateCounter<long>("voicecluster.links.drops", "{frame}", "Frames for other nodes that were dropped, by reason.");

    private static readonly Counter<long> Connections =
        Meter.CreateCounter<long>("voicecluster.links.connections", "{connection}", "Connections to other nodes that stood; all but the first are reconnects.");

    private static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("voicecluster.links.failures", "{connection}", "Connections between nodes that did not come about or were cut, by reason.");

    private static readonly Histogram<double> RoundTrips =
        Meter.CreateHistogram<double>("voicecluster.links.round_trip", "s", "Time from a ping to its pong.");

    public static void Sent(NodeId peer, int frames, int bytes)
    {
        FramesSent.Add(frames, Peer(peer));
        BytesSent.Add(bytes, Peer(peer));
    }

    public static void Received(NodeId peer, int frames, int bytes)
    {
        FramesReceived.Add(frames, Peer(peer));
        BytesReceived.Add(bytes, Peer(peer));
    }

    public static void Again(NodeId peer, int frames) => FramesAgain.Add(frames, Peer(peer));

    public static void Connected(NodeId peer) => Connections.Add(1, Peer(peer));

    public static void RoundTrip(NodeId peer, TimeSpan time) => RoundTrips.Record(time.TotalSeconds, Peer(peer));

    public static void Dropped(NodeId peer, string reason, int frames = 1) => Drops.Add(frames, Peer(peer), Reason(reason));

    public static void Dropped(NodeId peer, SendResult reason) => Dropped(peer, reason switch
    {
        SendResult.Full => "full",
        SendResult.TooLarge => "too_large",
        _ => "unreachable",
    });

    /// <summary>A connection failed. Not by peer: who is refused may say any name.</summary>
    public static void Failed(string reason) => Failures.Add(1, Reason(reason));

    public static string NameOf(LinkRefusal refusal) => refusal switch
    {
        LinkRefusal.Version => "version",
        LinkRefusal.WrongNode => "wrong_node",
        LinkRefusal.NotAuthentic => "not_authentic",
        LinkRefusal.Superseded => "superseded",
        LinkRefusal.Stopping => "stopping",
        _ => "bad_message",
    };

    private static KeyValuePair<string, object?> Peer(NodeId peer) => new("peer", peer.Value);

    private static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);
}
