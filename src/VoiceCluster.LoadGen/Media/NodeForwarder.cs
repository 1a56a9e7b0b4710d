using System.Collections.Immutable;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Media;

/// <summary>A node with a crowd in its channels.</summary>
internal sealed class NodeForwarder : IForwarder
{
    private readonly NodeProcess? _node;
    private readonly NodeMetrics _metrics;
    private readonly ImmutableArray<SealedSpeaker> _speakers;

    private NodeForwarder(NodeProcess? node, int processId, NodeMetrics metrics, Crowd crowd, ImmutableArray<SealedSpeaker> speakers)
    {
        _node = node;
        _metrics = metrics;
        _speakers = speakers;
        ProcessId = processId;
        Crowd = crowd;
    }

    /// <inheritdoc />
    public string Name => "VoiceCluster";

    /// <inheritdoc />
    public int ProcessId { get; }

    /// <summary>The users.</summary>
    public Crowd Crowd { get; }

    /// <inheritdoc />
    public IReadOnlyList<IPacketSource> Speakers => _speakers;

    /// <summary>Joins a crowd.</summary>
    /// <param name="node">The node; disposed with this.</param>
    /// <param name="shape">Who is in which channel.</param>
    /// <param name="modes">The modes, which users take in turn.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <param name="socket">The users' socket; not disposed with this.</param>
    /// <exception cref="ClientException">Somebody could not join.</exception>
    public static async Task<NodeForwarder> JoinAsync(
        NodeProcess node,
        CallShape shape,
        ImmutableArray<TransportEncryptionMode> modes,
        int payloadLength,
        UserSocket socket,
        CancellationToken cancellation)
    {
        var options = new CrowdOptions
        {
            Shape = shape,
            Modes = modes,
            LvspUrl = node.LvspUrl,
            Secret = node.Secret,
            VoiceUrl = node.VoiceUrl,
            OpenSockets = DescriptorLimit.ForSockets(),
        };
        var crowd = await Crowd.JoinAsync(options, socket, cancellation);
        var metrics = new NodeMetrics(node.AdminUrl, node.AdminTokenFile);
        return new NodeForwarder(node, node.Id, metrics, crowd, SpeakersOf(crowd, shape, payloadLength));
    }

    /// <inheritdoc />
    public async Task<ForwarderReading> ReadAsync(CancellationToken cancellation)
    {
        var page = await _metrics.ReadAsItIsAsync(cancellation);
        return new ForwarderReading
        {
            CpuNanoseconds = MachineClock.CpuNanoseconds(ProcessId),
            Received = (long)(page.Sum("voicecluster_media_packets_total", "direction=\"in\"") ?? 0),
            Sent = (long)(page.Sum("voicecluster_media_packets_total", "direction=\"out\"") ?? 0) - NotSent(page),
            Receives = (long)(page.Sum("voicecluster_media_batches_total") ?? 0),
            Drops = NodeDrops.Read(page),
            Page = page,
            ResidentBytes = KernelCounters.ResidentBytes(ProcessId),
        };
    }

    /// <summary>Collects the node's garbage and reads its metrics, for figures of memory.</summary>
    public Task<MetricsText> ReadCollectedAsync(CancellationToken cancellation) => _metrics.ReadAsync(cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // The node first: then its end closes all sockets at once, and nobody says goodbye twenty thousand times.
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        await Crowd.DisposeAsync();
        _metrics.Dispose();
        foreach (var speaker in _speakers)
        {
            speaker.Dispose();
        }
    }

    private static long NotSent(MetricsText page) =>
        (long)((page.Sum("voicecluster_media_socket_send_failures_total") ?? 0) + (page.Sum("voicecluster_media_socket_send_full_total") ?? 0));

    private static ImmutableArray<SealedSpeaker> SpeakersOf(Crowd crowd, CallShape shape, int payloadLength) =>
        [.. shape.SpeakingUsers().Select(user => SpeakerOf(crowd.Users[user], payloadLength))];

    private static SealedSpeaker SpeakerOf(JoinedUser user, int payloadLength)
    {
        var session = user.Session!;
        return new SealedSpeaker(
            user.Number,
            user.Ready.Ssrc,
            TransportCiphers.Create(session.Mode, [.. session.SecretKey]),
            new SocketAddressIn(Ipv4Address.Parse(user.Ready.Ip), (ushort)user.Ready.Port),
            payloadLength);
    }
}
