using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Udp;

/// <summary>The ping of the official clients: <c>1337CAFE</c> and four bytes, answered by <c>1337F00D</c> and the same four.</summary>
/// <remarks>A client that gets no answer for about five seconds gives the route up.</remarks>
public static class UdpPing
{
    /// <summary>Bytes of a request and of a response.</summary>
    public const int Length = 8;

    private const uint RequestMagic = 0x1337CAFE;
    private const uint ResponseMagic = 0x1337F00D;

    /// <summary>Tells whether a datagram is a ping.</summary>
    public static bool IsRequest(ReadOnlySpan<byte> datagram) => HasMagic(datagram, RequestMagic);

    /// <summary>Writes the answer to a ping.</summary>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public static int WriteResponse(ReadOnlySpan<byte> request, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ResponseMagic);
        request[4..Length].CopyTo(destination[4..]);
        return Length;
    }

    /// <summary>Writes a ping as a client does.</summary>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public static int WriteRequest(uint sequence, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, RequestMagic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], sequence);
        return Length;
    }

    /// <summary>Reads an answer as a client does.</summary>
    public static bool TryParseResponse(ReadOnlySpan<byte> datagram, out uint sequence)
    {
        var isResponse = HasMagic(datagram, ResponseMagic);
        sequence = isResponse ? BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) : 0;
        return isResponse;
    }

    private static bool HasMagic(ReadOnlySpan<byte> datagram, uint magic) =>
        datagram.Length == Length && BinaryPrimitives.ReadUInt32BigEndian(datagram) == magic;
}
