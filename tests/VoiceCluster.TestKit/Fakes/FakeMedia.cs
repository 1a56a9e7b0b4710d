using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Protocol.Udp;

namespace VoiceCluster.TestKit.Fakes;

/// <summary>The UDP port of a fake node: everybody hears everybody else.</summary>
public sealed class FakeMedia : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<Snowflake, Member> _members = new();
    private int _admitted;
    private long _forwarded;
    private int _discoveries;

    public FakeMedia()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ = ReceiveAllAsync();
    }

    /// <summary>Who was given which source.</summary>
    public ConcurrentDictionary<Snowflake, Ssrc> SsrcOf { get; } = new();

    /// <summary>Modes on offer.</summary>
    public ValueArray<TransportEncryptionMode> Modes { get; set; } = [.. TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable)];

    /// <summary>How many discovery requests are left unanswered before the first answer.</summary>
    public int IgnoredDiscoveries { get; set; }

    /// <summary>What happens to the n-th packet that is forwarded, from 0.</summary>
    public Func<long, PacketFault> FaultOf { get; set; } = _ => PacketFault.None;

    public void Dispose() => _socket.Dispose();

    internal VoiceReady Admit(Snowflake user)
    {
        // Users come at the same moment: counting those who are there already would give two of them the same.
        var ssrc = SsrcOf.GetOrAdd(user, _ => new Ssrc((uint)(1000 + ((Interlocked.Increment(ref _admitted) - 1) * Ssrc.BlockSize))));
        return new VoiceReady(ssrc, "127.0.0.1", ((IPEndPoint)_socket.LocalEndPoint!).Port, Modes);
    }

    internal void UseKey(Snowflake user, TransportEncryptionMode mode, byte[] key) =>
        _members.GetOrAdd(user, _ => new Member(SsrcOf[user])).Cipher = TransportCiphers.Create(mode, key);

    private async Task ReceiveAllAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                Take(buffer.AsSpan(0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private void Take(Span<byte> datagram, IPEndPoint from)
    {
        if (datagram.Length == Keepalive.Length)
        {
            _socket.SendTo(datagram, from);
        }
        else if (IpDiscovery.TryParseRequest(datagram, out var request))
        {
            Discover(request, datagram, from);
        }
        else if (RtpHeader.TryRead(datagram, out var header) && _members.Values.FirstOrDefault(member => member.Ssrc == header.Ssrc) is { } sender)
        {
            Forward(sender, datagram);
        }
    }

    private void Discover(IpDiscoveryRequest request, Span<byte> datagram, IPEndPoint from)
    {
        var user = SsrcOf.First(pair => pair.Value == request.Ssrc).Key;
        _members.GetOrAdd(user, _ => new Member(request.Ssrc)).Address = from;
        if (_discoveries++ < IgnoredDiscoveries)
        {
            return;
        }

        Span<byte> response = stackalloc byte[IpDiscovery.CurrentLength];
        var length = IpDiscovery.WriteResponse(request.Form, datagram, from.Address.GetAddressBytes(), (ushort)from.Port, response);
        _socket.SendTo(response[..length], from);
    }

    private void Forward(Member sender, Span<byte> datagram)
    {
        if (sender.Cipher is null || sender.Cipher.OpenRtp(datagram, out var length) != OpenError.None)
        {
            return;
        }

        foreach (var listener in _members.Values.Where(member => member != sender && member.Cipher is not null && member.Address is not null))
        {
            Send(listener, datagram[..length], FaultOf(_forwarded++));
        }
    }

    private void Send(Member listener, Span<byte> plain, PacketFault fault)
    {
        var body = plain[RtpHeader.Length..].ToArray();
        body[^1] ^= fault == PacketFault.ChangePayload ? (byte)1 : (byte)0;
        var sealedPacket = new byte[plain.Length + TransportCipher.MaximumOverhead];
        var length = listener.Cipher!.SealRtp(plain[..RtpHeader.Length], body, ServerNonceSuffix.FromCounter(listener.Counter++), sealedPacket);
        sealedPacket[RtpHeader.Length] ^= fault == PacketFault.Damage ? (byte)1 : (byte)0;
        for (var copies = fault switch { PacketFault.Lose => 0, PacketFault.Double => 2, _ => 1 }; copies > 0; copies--)
        {
            _socket.SendTo(sealedPacket.AsSpan(0, length), listener.Address!);
        }
    }

    private sealed class Member(Ssrc ssrc)
    {
        public Ssrc Ssrc { get; } = ssrc;

        public TransportCipher? Cipher { get; set; }

        public IPEndPoint? Address { get; set; }

        public uint Counter { get; set; }
    }
}
