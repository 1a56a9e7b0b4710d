using System.Buffers.Binary;
using System.Net;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Addresses of users, and of the servers beside them, in the forms that different callers want.</summary>
internal static class PeerAddress
{
    private const uint Loopback = 0x7F00_0001;

    /// <summary>A user's address.</summary>
    public static IPAddress Of(int user)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, UserSocket.AddressOf(user));
        return new IPAddress(bytes);
    }

    /// <summary>Where a server listens.</summary>
    public static Ipv4Endpoint Server(int port) => new(Loopback, (ushort)port);
}
