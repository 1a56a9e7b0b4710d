using System.Collections.Immutable;
using System.Security.Cryptography;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Control;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>Lets a made-up call run through the code of a packet loop, sockets included, so that the runtime compiles it before a user's packet has to wait.</summary>
/// <remarks>A node compiles a method when it is called first, and once; the whole path takes longer than a call may stutter.</remarks>
internal sealed class WarmUp : IDisposable
{
    private const int Listeners = 8;
    private const int PacketsPerRound = 8;
    private const int PayloadBytes = 160;
    private const int Rounds = 100;
    private static readonly ChannelKey Channel = new(new Realm("warm-up"), new Snowflake(1), new Snowflake(1));
    private static readonly WorkerId Worker = new(new NodeIncarnation(new NodeId("warm-up"), 1), 0);
    private static int _hasRun;

    private readonly MediaOptions _options = new() { PacketsPerSecond = 10_000_000, MaximumSessionsPerWorker = 64, ListenAddress = System.Net.IPAddress.Loopback };
    private readonly WorkerClock _clock = new(TimeProvider.System);
    private readonly WorkerCounters _counters = new();
    private readonly ReceiveBatch _received = new();
    private readonly SendBatch _sent = new();
    private readonly byte[] _payload = new byte[PayloadBytes];
    private readonly WorkerInbox _inbox;
    private readonly WorkerSessions _sessions;
    private readonly IDatagramSocket _server;
    private readonly IDatagramSocket _client;
    private readonly PacketProcessor _processor;
    private readonly List<PlannedSession> _planned = [];
    private readonly List<(MediaSession Session, TransportCipher Cipher)> _speakers = [];
    private uint _counter;

    private WarmUp(DatagramSocketKind sockets)
    {
        _inbox = new WorkerInbox(_options.MaximumSessionsPerWorker);
        _sessions = new WorkerSessions(_options, _inbox);
        _server = Open(sockets);
        _client = Open(sockets);
        _processor = new PacketProcessor(0, _options, _server, _inbox, _counters, new WorkerEdges(1), _clock.Read);
    }

    /// <summary>Takes some tenths of a second, once in the life of a process. Nothing depends on its success.</summary>
    /// <returns>How many copies were forwarded; 0 if it had run before or could not.</returns>
    public static long RunOnce(MediaOptions options)
    {
        if (Interlocked.Exchange(ref _hasRun, 1) != 0)
        {
            return 0;
        }

        try
        {
            using var warmUp = new WarmUp(options.Sockets);
            return warmUp.Run([.. options.Modes.Where(TransportCiphers.IsAvailable)]);
        }
        catch (IOException)
        {
            // No socket on loopback: then the first packets do what this would have done.
            return 0;
        }
    }

    public void Dispose()
    {
        _processor.Dispose();
        _server.Dispose();
        _client.Dispose();
        _received.Dispose();
        _sent.Dispose();
        _sessions.DisposeAll();
        _speakers.ForEach(speaker => speaker.Cipher.Dispose());
    }

    private static IDatagramSocket Open(DatagramSocketKind kind) =>
        DatagramSockets.Open(new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F000001, 0), ReceiveBufferBytes = 1 << 16, SendBufferBytes = 1 << 20 }, kind);

    private long Run(ImmutableArray<TransportEncryptionMode> modes)
    {
        foreach (var mode in modes)
        {
            Join(mode, []);
            Join(mode, [new MediaCodec("opus", IsVideo: false, PayloadType: 111, RetransmissionPayloadType: null)]);
        }

        _sessions.Obey(new ForwardingPlan(Channel, 1, 1, Worker, int.MaxValue, [.. _planned]));
        for (ushort round = 0; _speakers.Count > 0 && round < Rounds; round++)
        {
            Speak(_speakers[round % _speakers.Count], (ushort)(round / _speakers.Count * PacketsPerRound));
        }

        return _counters.PacketsOut;
    }

    // Of each kind one speaks.
    private void Join(TransportEncryptionMode mode, ImmutableArray<MediaCodec> codecs)
    {
        for (var i = 0; i < Listeners / 4; i++)
        {
            var id = new MediaSessionId((ulong)_planned.Count + 1);
            var session = _sessions.Open(id, new OpenMediaSession(Channel, new Snowflake(id.Value)), TimeSpan.Zero)!;
            var key = RandomNumberGenerator.GetBytes(TransportCipher.KeyLength);
            Discover(session);
            session.ConfirmedAddresses = [_client.LocalEndpoint.Address];
            _sessions.Enable(session, _sessions.Configure(session, new MediaTransport(mode, key, codecs)));
            _planned.Add(new PlannedSession(id, Sends: true, Receives: true));
            if (i == 0)
            {
                _speakers.Add((session, TransportCiphers.Create(mode, key)));
            }
        }
    }

    private void Discover(MediaSession session)
    {
        Span<byte> request = stackalloc byte[IpDiscovery.CurrentLength];
        IpDiscovery.WriteRequest(IpDiscoveryForm.Current, session.Sources.First, request);
        _received.Clear();
        _received.TryAdd(request, _client.LocalEndpoint, 0);
        _processor.Process(_received, _clock.Read());
    }

    private void Speak((MediaSession Session, TransportCipher Cipher) speaker, ushort sequence)
    {
        Span<byte> header = stackalloc byte[RtpHeader.Length];
        for (ushort i = 0; i < PacketsPerRound; i++)
        {
            var packet = new RtpHeader
            {
                PayloadType = speaker.Session.Transport!.PayloadTypes.HasCodecList ? (byte)111 : RtpPayloadType.Opus,
                SequenceNumber = (ushort)(sequence + i),
                Timestamp = (uint)(sequence + i) * OpusFrame.TicksPer20Milliseconds,
                Ssrc = speaker.Session.Sources.First,
            };
            packet.Write(header);
            _sent.Commit(speaker.Cipher.SealRtp(header, _payload, _counter++, _sent.NextSlot()), _server.LocalEndpoint);
        }

        _client.Send(_sent);
        _server.Receive(_received);
        _processor.Process(_received, _clock.Read());
        _processor.CountResidence(_received, _clock.Read());
    }
}
