using System.Buffers.Binary;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>What both suites take from a packet for their counters and nonces.</summary>
internal static class SrtpFields
{
    private const int SequenceOffset = 2;
    private const int SsrcOffset = 8;

    /// <summary>XORs the packet's source into four bytes.</summary>
    public static void XorSsrc(ReadOnlySpan<byte> packet, Span<byte> target) => Xor(BinaryPrimitives.ReadUInt32BigEndian(packet[SsrcOffset..]), target);

    /// <summary>XORs the packet's index, which is rollover count and sequence number, into six bytes.</summary>
    public static void XorIndex(ReadOnlySpan<byte> packet, uint rolloverCount, Span<byte> target)
    {
        Xor(rolloverCount, target);
        target[sizeof(uint)] ^= packet[SequenceOffset];
        target[sizeof(uint) + 1] ^= packet[SequenceOffset + 1];
    }

    private static void Xor(uint value, Span<byte> target) =>
        BinaryPrimitives.WriteUInt32BigEndian(target, BinaryPrimitives.ReadUInt32BigEndian(target) ^ value);
}
