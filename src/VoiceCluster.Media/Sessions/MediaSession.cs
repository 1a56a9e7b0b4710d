using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>The UDP side of one user's connection.</summary>
/// <remarks>
/// Control writes what is volatile and the worker reads it; everything else that changes belongs to the worker's thread. It survives
/// a worker that fails.
/// </remarks>
internal sealed class MediaSession(
    MediaSessionId id, ChannelKey channel, Snowflake userId, LiveRoute route, int memberIndex, int slot, Ssrc firstSource) : IDisposable
{
    private static readonly uint[] NoAddresses = [];

    private volatile SessionTransport? _transport;
    private volatile SessionTransport? _otherTransport;
    private volatile SinkWants? _wants;
    private volatile bool _isSendingEnabled;
    private AddressBinding _binding;
    private int _keys;
    private int _isChanged;
    private int _isBeginningToWatch;
    private volatile uint[] _confirmedAddresses = NoAddresses;
    private volatile SourceBlock _sources = new(firstSource);

    public MediaSessionId Id { get; } = id;

    public ChannelKey Channel { get; } = channel;

    public Snowflake UserId { get; } = userId;

    /// <summary>The channel's route.</summary>
    public LiveRoute Route { get; } = route;

    /// <summary>The session's place in its channel's route.</summary>
    public int MemberIndex { get; } = memberIndex;

    /// <summary>The session's place in the worker's <see cref="SinkTable"/>.</summary>
    public int Slot { get; } = slot;

    /// <summary>The key in use; null before select protocol.</summary>
    public SessionTransport? Transport => _transport;

    /// <summary>
    /// During a renegotiation the key that is about to be used, afterwards the one that was: packets under it are on their way still.
    /// </summary>
    public SessionTransport? OtherTransport => _otherTransport;

    /// <summary>Worker: the key that its <see cref="MediaSink"/> seals under, which may still be the one before <see cref="Transport"/>.</summary>
    public SessionTransport? Sealing { get; set; }

    /// <summary>What the session wants; null is everything.</summary>
    public SinkWants? Wants
    {
        get => _wants;
        set => _wants = value;
    }

    /// <summary>Whether its description has been written to its websocket, so that it knows its key.</summary>
    public bool IsSendingEnabled => _isSendingEnabled;

    /// <summary>The addresses that control has heard from the client; replaced as a whole.</summary>
    public uint[] ConfirmedAddresses
    {
        get => _confirmedAddresses;
        set => _confirmedAddresses = value;
    }

    /// <summary>Its reserved sources; replaced as a whole.</summary>
    public SourceBlock Sources
    {
        get => _sources;
        set => _sources = value;
    }

    /// <summary>Where its media goes.</summary>
    public ref AddressBinding Binding => ref _binding;

    /// <summary>Another session with the same address; kept by <see cref="Discovery.Bindings"/>.</summary>
    public MediaSession? NextAtEndpoint { get; set; }

    // Buckets of what it sends, what claims to come from it, and what it is sent while its address is unconfirmed.
    public RateLimit PacketLimit;
    public RateLimit StrangerLimit;
    public RateLimit AudioLimit;
    public RateLimit UnconfirmedLimit;

    /// <summary>What is known of its voice; null until it was heard in a channel with many people.</summary>
    public Speaker? Speaker { get; set; }

    /// <summary>When the next receiver report is due; 0 if the session gets none.</summary>
    public long NextReportAt { get; set; }

    /// <summary>Control: sets the key. If there is one already, the new one waits until the client has been told of it.</summary>
    /// <param name="transport">Mode, key and codecs.</param>
    /// <param name="replaced">A key that is not used any more once the worker has begun another batch.</param>
    /// <returns>The key's generation, from 1.</returns>
    public int Configure(MediaTransport transport, out SessionTransport? replaced)
    {
        replaced = _otherTransport;
        if (_transport is { } current)
        {
            // A key that was in use, though it should not come again, goes on counting where it was: to begin anew would repeat nonces.
            var known = current.HasKey(transport) ? current : replaced?.HasKey(transport) == true ? replaced : null;
            _otherTransport = new SessionTransport(transport, ++_keys, known?.Nonces);
        }
        else
        {
            _transport = new SessionTransport(transport, ++_keys);
        }

        return _keys;
    }

    /// <summary>Control: replaces the payload types, under whatever keys there are.</summary>
    public void SetCodecs(ImmutableArray<MediaCodec> codecs)
    {
        _transport?.SetCodecs(codecs);
        _otherTransport?.SetCodecs(codecs);
    }

    /// <summary>Control: the client has been told of a key. Nothing happens if that one has been replaced since.</summary>
    public void EnableSending(int generation)
    {
        if (_otherTransport is { } next && next.Generation == generation && generation > _transport!.Generation)
        {
            (_transport, _otherTransport) = (next, _transport);
        }

        _isSendingEnabled |= _transport?.Generation == generation;
    }

    /// <summary>Notes that control changed something that the worker keeps a copy of; any thread.</summary>
    /// <returns>False if that is noted already.</returns>
    public bool TryChange() => Interlocked.Exchange(ref _isChanged, 1) == 0;

    /// <summary>Takes that note back, before the copy is made; any thread.</summary>
    public void EndChange() => Interlocked.Exchange(ref _isChanged, 0);

    /// <summary>Notes that the session begins to watch; any thread.</summary>
    /// <returns>False if that is noted already.</returns>
    public bool TryBeginToWatch() => Interlocked.Exchange(ref _isBeginningToWatch, 1) == 0;

    /// <summary>Takes that note back; any thread.</summary>
    public void EndBeginToWatch() => Volatile.Write(ref _isBeginningToWatch, 0);

    /// <summary>Frees the keys. Only once no thread can use them.</summary>
    public void Dispose()
    {
        _transport?.Dispose();
        _otherTransport?.Dispose();
    }
}
