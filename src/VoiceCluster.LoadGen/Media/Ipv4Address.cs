using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Media;

/// <summary>IPv4 addresses as plain numbers in host byte order.</summary>
internal static class Ipv4Address
{
    /// <summary>Reads a dotted address.</summary>
    /// <exception cref="UnexpectedAnswerException">It is none.</exception>
    public static uint Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[4];
        var isIpv4 = IPAddress.TryParse(text, out var parsed)
            && parsed.AddressFamily == AddressFamily.InterNetwork
            && parsed.TryWriteBytes(bytes, out _);
        return isIpv4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : throw new UnexpectedAnswerException($"'{text}' is no IPv4 address.");
    }
}
