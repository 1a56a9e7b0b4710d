using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Live;

/// <summary>Sends spoiled datagrams, some with the source of a session that exists, at a pace that leaves room for others.</summary>
internal sealed class DatagramAttack(int[] ports, int seed, IReadOnlyList<byte[]> corpus, Func<Ssrc> knownSource)
{
    private const int PacketsPerBurst = 10;
    private const int SourceOffset = 8;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromMilliseconds(10);

    private readonly Mutator _mutator = new(new Random(seed), corpus);
    private readonly Random _random = new(seed + 1);

    /// <summary>Datagrams sent so far.</summary>
    public long Sent { get; private set; }

    /// <summary>Attacks until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var timer = new PeriodicTimer(BetweenBursts);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                for (var i = 0; i < PacketsPerBurst; i++)
                {
                    var target = new IPEndPoint(IPAddress.Loopback, ports[_random.Next(ports.Length)]);
                    await socket.SendToAsync(Next(), SocketFlags.None, target, stop);
                    Sent++;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private byte[] Next()
    {
        var datagram = _mutator.Next();
        if (_random.Next(2) == 0 && datagram.Length >= SourceOffset + sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(datagram.AsSpan(SourceOffset), knownSource().Value);
        }

        return datagram;
    }
}
