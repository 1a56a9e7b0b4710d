using System.Buffers.Binary;
using VoiceCluster.Crypto;
using VoiceCluster.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A whole worker with a call in it: any datagram from anywhere, as it is or sealed under a member's key.</summary>
/// <remarks>The first byte says who sends, from where, and whether the rest is sealed, so that what lies behind the tag is reached too.</remarks>
internal sealed class WorkerTarget : IFuzzTarget
{
    private const int Sealed = 0x80;
    private const int FromElsewhere = 0x40;
    private const int SealedAsRtcp = 0x20;

    private readonly MediaBed _bed = new(new MediaOptions { PacketsPerSecond = 100_000, StrangerPacketsPerSecond = 100_000 });
    private readonly TestClient[] _clients;

    public WorkerTarget()
    {
        _bed.Socket.Keeps = false;
        _clients =
        [
            .. TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable)
                .SelectMany(mode => new[] { _bed.Join(mode), _bed.Join(mode, TestClient.NativeCodecs) }),
        ];
        _bed.Plan(_clients);
    }

    public string Name => "worker";

    public IEnumerable<byte[]> Corpus =>
    [
        .. Corpora.Control.Select(datagram => (byte[])[0, .. datagram]),
        .. Corpora.PlainRtp.Select(packet => (byte[])[Sealed, .. packet]),
        .. Corpora.PlainRtcp.Select(packet => (byte[])[Sealed | SealedAsRtcp | 1, .. packet]),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var client = _clients[(input[0] & 0x1F) % _clients.Length];
        var datagram = input[1..].ToArray();
        if ((input[0] & Sealed) != 0)
        {
            datagram = (input[0] & SealedAsRtcp) != 0 ? SealRtcp(client, datagram) : SealRtp(client, datagram);
        }

        var from = (input[0] & FromElsewhere) != 0 ? client.Endpoint with { Port = 7 } : client.Endpoint;
        _bed.Now += TimeSpan.FromMilliseconds(10);
        _bed.Deliver(from, datagram);
        _bed.TakeEdges();
    }

    // The source is the member's own, or else nothing behind the first look-up would be reached.
    private static byte[] SealRtp(TestClient client, byte[] plain)
    {
        if (plain.Length < 12)
        {
            return plain;
        }

        BinaryPrimitives.WriteUInt32BigEndian(plain.AsSpan(8), client.Ssrc.Value + (plain[8] & 15u));
        return client.SealPlain(plain);
    }

    private static byte[] SealRtcp(TestClient client, byte[] plain)
    {
        if (plain.Length < 8)
        {
            return plain;
        }

        BinaryPrimitives.WriteUInt32BigEndian(plain.AsSpan(4), client.Ssrc.Value + (plain[4] & 15u));
        return client.SealRtcp(plain);
    }
}
