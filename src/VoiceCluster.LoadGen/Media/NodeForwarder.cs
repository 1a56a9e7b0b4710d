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
    private readonly NodeProcess? _own;
    private readonly NodeAdmin _admin;
    private readonly ImmutableArray<SealedSpeaker> _speakers;

    private NodeForwarder(NodeProcess? own, NodeAddress node, Crowd crowd, ImmutableArray<SealedSpeaker> speakers)
    {
        _own = own;
        _admin = new NodeAdmin(node.AdminUrl, node.AdminTokenFile);
        _speakers = speakers;
        ProcessId = node.ProcessId;
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

    /// <summary>Joins a crowd in a node that was started for it.</summary>
    /// <inheritdoc cref="JoinAsync(NodeAddress, ICallShape, ImmutableArray{TransportEncryptionMode}, int, UserSocket, CancellationToken)" path="/param"/>
    /// <param name="node">The node; disposed with this.</param>
    /// <exception cref="ClientException">Somebody could not join.</exception>
    public static async Task<NodeForwarder> JoinAsync(
        NodeProcess node,
        ICallShape shape,
        ImmutableArray<TransportEncryptionMode> modes,
        int payloadLength,
        UserSocket socket,
        CancellationToken cancellation)
    {
        try
        {
            var crowd = await CrowdOf(node.Address, shape, modes, socket, cancellation);
            return new NodeForwarder(node, node.Address, crowd, SpeakersOf(crowd, shape, payloadLength));
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Joins a crowd in a node that runs.</summary>
    /// <param name="node">The node.</param>
    /// <param name="shape">Who is in which channel.</param>
    /// <param name="modes">The modes, which users take in turn.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <param name="socket">The users' socket; not disposed with this.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ClientException">Somebody could not join.</exception>
    public static async Task<NodeForwarder> JoinAsync(
        NodeAddress node,
        ICallShape shape,
        ImmutableArray<TransportEncryptionMode> modes,
        int payloadLength,
        UserSocket socket,
        CancellationToken cancellation)
    {
        var crowd = await CrowdOf(node, shape, modes, socket, cancellation);
        return new NodeForwarder(own: null, node, crowd, SpeakersOf(crowd, shape, payloadLength));
    }

    /// <inheritdoc />
    public async Task<ForwarderReading> ReadAsync(CancellationToken cancellation)
    {
        // The counters are read by the node somewhere between these two moments, so the middle is nearest.
        var (cpuBefore, timeBefore) = (MachineClock.CpuNanoseconds(ProcessId), MachineClock.MonotonicNanoseconds());
        var page = await _admin.ReadMetricsAsync(cancellation);
        var (cpuAfter, timeAfter) = (MachineClock.CpuNanoseconds(ProcessId), MachineClock.MonotonicNanoseconds());
        return new ForwarderReading
        {
            MonotonicNanoseconds = (timeBefore + timeAfter) / 2,
            CpuNanoseconds = (cpuBefore + cpuAfter) / 2,
            Received = (long)(page.Sum("voicecluster_media_packets_total", "direction=\"in\"") ?? 0),
            Sent = (long)(page.Sum("voicecluster_media_packets_total", "direction=\"out\"") ?? 0) - NotSent(page),
            Receives = (long)(page.Sum("voicecluster_media_batches_total") ?? 0),
            Drops = NodeDrops.Read(page),
            Page = page,
            ResidentBytes = KernelCounters.ResidentBytes(ProcessId),
        };
    }

    /// <summary>Collects the node's garbage and reads its metrics, for figures of memory.</summary>
    public Task<MetricsText> ReadCollectedAsync(CancellationToken cancellation) => _admin.ReadCollectedMetricsAsync(cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // The node first: then its end closes all sockets at once, and nobody says goodbye twenty thousand times.
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        await Crowd.DisposeAsync();
        _admin.Dispose();
        foreach (var speaker in _speakers)
        {
            speaker.Dispose();
        }
    }

    private static long NotSent(MetricsText page) =>
        (long)((page.Sum("voicecluster_media_socket_send_failures_total") ?? 0) + (page.Sum("voicecluster_media_socket_send_full_total") ?? 0));

    private static Task<Crowd> CrowdOf(
        NodeAddress node, ICallShape shape, ImmutableArray<TransportEncryptionMode> modes, UserSocket socket, CancellationToken cancellation) =>
        Crowd.JoinAsync(
            new CrowdOptions
            {
                Shape = shape,
                Modes = modes,
                LvspUrl = node.LvspUrl,
                Secret = node.Secret,
                VoiceUrl = _ => node.VoiceUrl,
                OpenSockets = DescriptorLimit.ForSockets(),
            },
            socket,
            cancellation);

    private static ImmutableArray<SealedSpeaker> SpeakersOf(Crowd crowd, ICallShape shape, int payloadLength) =>
        [.. shape.SpeakingUsers().Select(user => SealedSpeaker.Of(crowd.Users[user], payloadLength))];
}
