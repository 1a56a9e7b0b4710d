using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Threading.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Media;

/// <summary>The media side of this node, as control sees it: plans and sessions go down, edges and counters come up.</summary>
/// <remarks>
/// Message-shaped on purpose, so that the media side can become a process of its own: no call waits for a packet loop, none throws for a session that is
/// gone. Safe for calls from any thread.
/// </remarks>
public interface IMediaPlane
{
    /// <summary>The encryption modes that can be offered, in the order of preference.</summary>
    ImmutableArray<TransportEncryptionMode> Modes { get; }

    /// <summary>The workers of this node, by index.</summary>
    ImmutableArray<MediaWorkerStatus> Workers { get; }

    /// <summary>
    /// Opens a session on the worker that serves the channel (or the least loaded one, where the channel then stays) and reserves
    /// a block of sources. Nothing is sent to it, and nothing but IP discovery is answered, until it is configured and enabled.
    /// </summary>
    /// <returns>False when no worker can take it.</returns>
    bool TryOpenSession(OpenMediaSession request, [NotNullWhen(true)] out MediaSessionOffer? offer);

    /// <summary>Exchanges the session's reserved source block for another, after the channel refused it.</summary>
    bool TryReplaceSources(MediaSessionId session, out Ssrc ssrc);

    /// <summary>
    /// Sets mode, key and codecs, from select protocol; called again on a renegotiation, with a new key, which is used once it is enabled.
    /// </summary>
    /// <returns>The key's name for <see cref="EnableSending"/>: greater than that of every earlier one; 0 if the session is gone.</returns>
    int ConfigureTransport(MediaSessionId session, MediaTransport transport);

    /// <summary>Replaces the session's codecs and leaves its key as it is.</summary>
    void SetCodecs(MediaSessionId session, ImmutableArray<MediaCodec> codecs);

    /// <summary>Tells an address that the client named or connected from; it confirms a discovered binding to the same IP.</summary>
    void ConfirmAddress(MediaSessionId session, IPAddress address);

    /// <summary>
    /// Lets media flow to the session under a key; called once the session description with that key has been written to the websocket. Does nothing
    /// for a key that has been replaced meanwhile, so that a late call for one key never brings another one into use.
    /// </summary>
    void EnableSending(MediaSessionId session, int key);

    /// <summary>Sets which of the others' sources the session wants: the default, and exceptions by source; 0 is not wanted.</summary>
    void SetSinkWants(MediaSessionId session, int any, ImmutableDictionary<Ssrc, int> bySource);

    /// <summary>Ends a session; its key is wiped and its sources rest before they are given out again.</summary>
    void CloseSession(MediaSessionId session);

    /// <summary>Puts a plan in force; one older than that in force is ignored and counted.</summary>
    void Publish(ForwardingPlan plan);

    /// <summary>
    /// Lets a worker that stood still forward again: its plans have been found to be in force. Without this it waits a second.
    /// </summary>
    void ConfirmPlans(int worker);

    /// <summary>What a worker has to tell, oldest first; bounded, the oldest is dropped and counted.</summary>
    ChannelReader<MediaEdge> Edges(int worker);

    /// <summary>Starts a worker, or starts it again after it failed, on its port and with its sessions.</summary>
    void StartWorker(int worker);

    /// <summary>Stops a worker within a second; its socket is closed.</summary>
    void StopWorker(int worker);
}

/// <summary>Asks for a media session of one user in one channel.</summary>
public sealed record OpenMediaSession(ChannelKey Channel, Snowflake UserId);

/// <summary>A reserved media session: what READY tells the client.</summary>
/// <param name="Session">The session's name on this node.</param>
/// <param name="Worker">The worker that serves it.</param>
/// <param name="Address">The advertised IPv4 address.</param>
/// <param name="Port">The worker's UDP port.</param>
/// <param name="Ssrc">The first source of its block.</param>
public sealed record MediaSessionOffer(MediaSessionId Session, WorkerId Worker, IPAddress Address, int Port, Ssrc Ssrc);

/// <summary>How a session's datagrams are sealed and which payload types it knows.</summary>
/// <param name="Mode">The negotiated mode.</param>
/// <param name="Key">32 secret bytes; the media plane copies them at once.</param>
/// <param name="Codecs">The client's codec list; empty when it sent none, which means Opus at payload type 120 and nothing else.</param>
public sealed record MediaTransport(TransportEncryptionMode Mode, ReadOnlyMemory<byte> Key, ImmutableArray<MediaCodec> Codecs);

/// <summary>One entry of a client's codec list.</summary>
/// <param name="Name">Such as <c>opus</c> or <c>H264</c>; compared without regard to case.</param>
/// <param name="IsVideo">Whether its type is video.</param>
/// <param name="PayloadType">0 to 127.</param>
/// <param name="RetransmissionPayloadType">The payload type of its retransmissions, if any.</param>
public sealed record MediaCodec(string Name, bool IsVideo, int PayloadType, int? RetransmissionPayloadType);

/// <summary>Where a worker listens and how much it carries.</summary>
public sealed record MediaWorkerStatus(WorkerId Id, IPEndPoint Endpoint, bool Running, int Sessions, int Channels)
{
    /// <summary>How busy its loop is.</summary>
    public MediaWorkerLoad Load { get; init; }
}

/// <summary>How busy a worker's packet loop is.</summary>
/// <param name="Utilization">The share of its core that it uses, 0 to 1, over about a second. From about 0.9 on packets begin to wait.</param>
/// <param name="QueueDelay">How long packets waited in the kernel, at worst, over the last tenth of a second.</param>
/// <param name="PacketsPerSecond">Datagrams received and sent, over about five seconds.</param>
/// <param name="IsOverloaded">Whether it shed packets within the last second because there were more than it can forward.</param>
/// <param name="IsStuck">Whether its loop has not gone round for seconds.</param>
public readonly record struct MediaWorkerLoad(double Utilization, TimeSpan QueueDelay, double PacketsPerSecond, bool IsOverloaded, bool IsStuck);

/// <summary>Something that happened on the packet path and that control must know. Never one per packet.</summary>
public abstract record MediaEdge
{
    private MediaEdge()
    {
    }

    /// <summary>A session's first authenticated packet on one of its sources: the others may have to be told who it is.</summary>
    public sealed record SourceStarted(MediaSessionId Session, Ssrc Ssrc) : MediaEdge;

    /// <summary>
    /// More people speak than are heard at once: this one is talking and not heard, or, after the others were told so, is heard again.
    /// </summary>
    public sealed record SourceHeard(MediaSessionId Session, Ssrc Ssrc, bool IsHeard) : MediaEdge;

    /// <summary>A session's server-side nonce counters are nearly used up: it must be ended, so that a new key is made.</summary>
    public sealed record KeyExhausted(MediaSessionId Session) : MediaEdge;

    /// <summary>The packet loop stood still for so long that others may have taken its channels over; it forwards nothing until it is told to.</summary>
    public sealed record WorkerStalled(int Worker) : MediaEdge;

    /// <summary>The packet loop ended with an error; it must be started again.</summary>
    public sealed record WorkerFailed(int Worker, string Reason) : MediaEdge;
}
