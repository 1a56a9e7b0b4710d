using System.Collections.Immutable;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>One channel over several nodes: some speak, all listen, and it is counted what crosses from node to node.</summary>
/// <remarks>
/// Counters are read in silence, before anybody speaks and after all has arrived, so they may be compared to the packet. Listeners are addresses behind a socket
/// filter that drops everything, but for a few.
/// </remarks>
internal sealed class SpanRun(SpanOptions options, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>Runs.</summary>
    /// <exception cref="ClientException">The cluster does not start, or somebody cannot join.</exception>
    public async Task<SpanResult> RunAsync(CancellationToken cancellation)
    {
        progress($"starting {options.Nodes} nodes and a database");
        await using var cluster = await LocalCluster.StartAsync(
            new LocalClusterOptions { Nodes = options.Nodes, Assembly = options.Assembly, Settings = [.. NodeProcess.RaisedLimits, .. options.Settings] },
            cancellation);
        var port = FreePorts.Take();
        using var socket = new UserSocket(port);
        var begun = time.Now();
        await using var crowd = await Crowd.JoinAsync(CrowdOf(cluster), socket, cancellation);
        progress($"{options.Users} users joined one channel in {(time.Now() - begun).TotalSeconds:0.0} s");
        socket.DropEverything();

        ImmutableArray<SealedSpeaker> speakers = [.. options.Shape.SpeakingUsers().Select(user => SealedSpeaker.Of(crowd.Users[user], options.PayloadLength))];
        try
        {
            await SpeakAsync(socket, speakers, options.WarmUp, cancellation);
            return await MeasureAsync(cluster, new Room(crowd, socket, port, speakers), cancellation);
        }
        finally
        {
            foreach (var speaker in speakers)
            {
                speaker.Dispose();
            }
        }
    }

    private CrowdOptions CrowdOf(LocalCluster cluster) => new()
    {
        Shape = options.Shape,
        Modes = [TransportEncryptionMode.AeadAes256GcmRtpSize],
        LvspUrl = cluster.Nodes[0].LvspUrl,
        Secret = LocalCluster.Secret,
        VoiceUrl = user => cluster.Nodes[options.NodeOf(user)].VoiceUrl,
        OpenSockets = Math.Min(options.Sockets, DescriptorLimit.ForSockets()),
    };

    private async Task<SpanResult> MeasureAsync(LocalCluster cluster, Room room, CancellationToken cancellation)
    {
        var said = room.Speakers.Select(speaker => (long)speaker.Said).ToList();
        var before = await ReadAsync(cluster, cancellation);
        var heard = await ListenAsync(cluster, room, cancellation);
        var after = await ReadAsync(cluster, cancellation);
        return new SpanResult(
            options.Window,
            [.. cluster.Nodes.Select(node => new SpanNode(
                node.Name,
                Enumerable.Range(0, options.Users).Count(user => options.NodeOf(user) == node.Index),
                Enumerable.Range(0, options.Speakers).Count(user => options.NodeOf(user) == node.Index),
                Enumerable.Range(0, options.Speakers).Where(user => options.NodeOf(user) == node.Index).Sum(user => room.Speakers[user].Said - said[user]),
                before[node.Index],
                after[node.Index]))],
            heard);
    }

    private async Task<ImmutableArray<HeardFrames>> ListenAsync(LocalCluster cluster, Room room, CancellationToken cancellation)
    {
        var listeners = new List<(Listener Listener, HeardFrames Frames)>();
        try
        {
            foreach (var user in options.Listening())
            {
                var frames = new HeardFrames(cluster.Nodes[options.NodeOf(user)].Name);
                listeners.Add((new Listener(room.Crowd.Users[user], room.Port, options.Users, options.PayloadLength, frames.Hear), frames));
            }

            await SpeakAsync(room.Socket, room.Speakers, options.Window, cancellation);
        }
        finally
        {
            // Their threads end with this, so what they wrote may be read.
            listeners.ForEach(one => one.Listener.Dispose());
        }

        foreach (var (listener, frames) in listeners)
        {
            frames.Wrong = listener.Copies.Wrong;
            frames.Delay = (listener.Copies.Delays.Percentile(50), listener.Copies.Delays.Percentile(99));
        }

        return [.. listeners.Select(one => one.Frames)];
    }

    private async Task SpeakAsync(UserSocket socket, ImmutableArray<SealedSpeaker> speakers, TimeSpan duration, CancellationToken cancellation)
    {
        using (new SpeechThread(socket, speakers, options.PacketsPerSecond * speakers.Length))
        {
            await Task.Delay(duration, time, cancellation);
        }

        await Task.Delay(Silence, time, cancellation);
    }

    private static async Task<ImmutableArray<SpanReading>> ReadAsync(LocalCluster cluster, CancellationToken cancellation) =>
        [.. await Task.WhenAll(cluster.Nodes.Select(node => SpanReading.ReadAsync(node, cancellation)))];

    private sealed record Room(Crowd Crowd, UserSocket Socket, int Port, ImmutableArray<SealedSpeaker> Speakers);
}
