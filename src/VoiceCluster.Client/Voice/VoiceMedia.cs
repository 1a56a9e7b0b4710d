using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using VoiceCluster.Client.Assets;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Protocol.Udp;

namespace VoiceCluster.Client.Voice;

/// <summary>What a client's UDP side has counted.</summary>
/// <param name="Sent">Audio packets sent.</param>
/// <param name="SendFailures">Those the system refused.</param>
/// <param name="Received">Datagrams that arrived.</param>
/// <param name="NotAuthentic">Those that did not open under the session's key.</param>
/// <param name="Malformed">Those that opened, or were in the clear, and made no sense.</param>
public readonly record struct MediaCounters(long Sent, long SendFailures, long Received, long NotAuthentic, long Malformed);

/// <summary>The UDP side of one user: discovery, sealing and sending audio, receiving and opening it.</summary>
/// <remarks>One thread at a time sends audio. What arrives is handed to a listener on threads of the pool.</remarks>
internal sealed class VoiceMedia : IAsyncDisposable
{
    private const int DiscoveryTries = 5;
    private const int LargestFrame = 1400;
    private static readonly TimeSpan DiscoveryPause = TimeSpan.FromSeconds(1);

    private readonly VoiceClientOptions _options;
    private readonly Ssrc _ssrc;
    private readonly MediaSocket _socket;
    private readonly VoiceRoster _roster;
    private readonly Func<FrameListener?> _listener;
    private readonly Task _receiving;
    private readonly Lock _sending = new();
    private readonly byte[] _datagram = new byte[LargestFrame + RtpHeader.Length + TransportCipher.MaximumOverhead];
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> _echoes = new();
    private readonly TaskCompletionSource<IPEndPoint> _discovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TransportCipher? _seal;
    private TransportCipher? _open;
    private uint _nonce;
    private ushort _sequenceNumber;
    private uint _timestamp;
    private bool _disposed;
    private long _sent;
    private long _sendFailures;
    private long _received;
    private long _notAuthentic;
    private long _malformed;
    private long _keepalives;

    public VoiceMedia(VoiceClientOptions options, IPEndPoint server, Ssrc ssrc, VoiceRoster roster, Func<FrameListener?> listener)
    {
        _options = options;
        _ssrc = ssrc;
        _roster = roster;
        _listener = listener;
        _nonce = options.FirstNonce;
        _sequenceNumber = (ushort)Random.Shared.Next();
        _timestamp = (uint)Random.Shared.NextInt64();
        FirstSequenceNumber = _sequenceNumber;
        FirstTimestamp = _timestamp;
        _socket = new MediaSocket(server);
        _receiving = ReceiveAllAsync();
    }

    /// <summary>The sequence number of the first packet.</summary>
    public ushort FirstSequenceNumber { get; }

    /// <summary>The timestamp of the first packet.</summary>
    public uint FirstTimestamp { get; }

    public MediaCounters Counters => new(
        Volatile.Read(ref _sent),
        Volatile.Read(ref _sendFailures),
        Volatile.Read(ref _received),
        Volatile.Read(ref _notAuthentic),
        Volatile.Read(ref _malformed));

    /// <summary>Asks the server for this client's public address, again each second, five times at most.</summary>
    public async Task<IPEndPoint> DiscoverAsync(string who, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < DiscoveryTries; attempt++)
        {
            SendDiscovery();
            var answered = await Task.WhenAny(_discovered.Task, Task.Delay(DiscoveryPause, _options.Time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            if (answered == _discovered.Task)
            {
                return await _discovered.Task;
            }
        }

        throw new NoAnswerException($"{who} asked for its public address {DiscoveryTries} times and got no answer over UDP.");
    }

    /// <summary>From now on audio can be sent and received.</summary>
    public void UseKey(TransportEncryptionMode mode, ReadOnlySpan<byte> key)
    {
        lock (_sending)
        {
            _seal ??= TransportCiphers.Create(mode, key);
        }

        Interlocked.CompareExchange(ref _open, TransportCiphers.Create(mode, key), null)?.Dispose();
    }

    /// <summary>Sends one Opus frame under the next sequence number, timestamp and nonce.</summary>
    /// <returns>False before there is a key, after the end, and when the system refused the datagram.</returns>
    public bool SendFrame(ReadOnlySpan<byte> opus)
    {
        lock (_sending)
        {
            if (_seal is null || _disposed)
            {
                return false;
            }

            var length = Seal(_seal, opus);
            var isSent = length > 0 && _socket.Send(_datagram.AsSpan(0, length));
            Interlocked.Increment(ref isSent ? ref _sent : ref _sendFailures);
            return isSent;
        }
    }

    /// <summary>Sends the 8-byte keepalive of the common libraries, and completes when it comes back.</summary>
    public Task EchoAsync()
    {
        var echo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var counter = Interlocked.Increment(ref _keepalives);
        _echoes[(ulong)counter] = echo;
        Span<byte> keepalive = stackalloc byte[Keepalive.Length];
        _socket.Send(keepalive[..Keepalive.WriteRequest((ulong)counter, keepalive)]);
        return echo.Task;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _receiving;
        lock (_sending)
        {
            _disposed = true;
            _seal?.Dispose();
        }

        _open?.Dispose();
    }

    private int Seal(TransportCipher cipher, ReadOnlySpan<byte> opus)
    {
        Span<byte> header = stackalloc byte[RtpHeader.Length];
        new RtpHeader { PayloadType = RtpPayloadType.Opus, SequenceNumber = _sequenceNumber, Timestamp = _timestamp, Ssrc = _ssrc }
            .Write(header);
        var suffix = _options.LittleEndianNonce ? BinaryPrimitives.ReverseEndianness(_nonce) : _nonce;
        _sequenceNumber++;
        _timestamp += SpeechAsset.TimestampStep;
        _nonce++;
        return cipher.SealRtp(header, opus, suffix, _datagram);
    }

    private void SendDiscovery()
    {
        Span<byte> request = stackalloc byte[IpDiscovery.CurrentLength];
        _socket.Send(request[..IpDiscovery.WriteRequest(IpDiscoveryForm.Current, _ssrc, request)]);
    }

    private async Task ReceiveAllAsync()
    {
        var buffer = new byte[MediaSocket.LargestDatagram];
        while (await _socket.ReceiveAsync(buffer) is >= 0 and var length)
        {
            Interlocked.Increment(ref _received);
            Take(buffer.AsSpan(0, length), _options.Time.Now());
        }
    }

    private void Take(Span<byte> datagram, TimeSpan now)
    {
        if (IpDiscovery.TryParseResponse(datagram, out var response) && response.Ssrc == _ssrc)
        {
            _discovered.TrySetResult(new IPEndPoint(response.Address, response.Port));
        }
        else if (datagram.Length == Keepalive.Length)
        {
            TakeEcho(datagram);
        }
        else if (DatagramClassifier.Classify(datagram) == DatagramKind.Rtp)
        {
            TakeAudio(datagram, now);
        }
    }

    private void TakeEcho(ReadOnlySpan<byte> datagram)
    {
        if (_echoes.TryRemove(BinaryPrimitives.ReadUInt64LittleEndian(datagram), out var echo))
        {
            echo.TrySetResult();
        }
    }

    private void TakeAudio(Span<byte> datagram, TimeSpan now)
    {
        var plainLength = 0;
        if (Volatile.Read(ref _open) is not { } cipher || cipher.OpenRtp(datagram, out plainLength) != OpenError.None)
        {
            Interlocked.Increment(ref _notAuthentic);
            return;
        }

        if (!RtpView.TryParse(datagram[..plainLength], out var packet, out _))
        {
            Interlocked.Increment(ref _malformed);
            return;
        }

        Snowflake? user = _roster.TryGetUser(packet.Ssrc, out var owner) ? owner : null;
        _listener()?.Invoke(new HeardFrame { Packet = packet, UserId = user, ArrivedAt = now });
    }
}
