using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Udp;

/// <summary>The 8-byte datagram that libraries send every few seconds and expect back unchanged.</summary>
/// <remarks>Most write a little-endian counter into it; to the server the bytes mean nothing.</remarks>
public static class Keepalive
{
    /// <summary>Bytes of a request and of its echo.</summary>
    public const int Length = 8;

    /// <summary>Writes a request carrying a counter, as the common libraries do.</summary>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public static int WriteRequest(ulong counter, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, counter);
        return Length;
    }

    /// <summary>Writes the answer: the request itself.</summary>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public static int WriteResponse(ReadOnlySpan<byte> request, Span<byte> destination)
    {
        request[..Length].CopyTo(destination);
        return Length;
    }
}
