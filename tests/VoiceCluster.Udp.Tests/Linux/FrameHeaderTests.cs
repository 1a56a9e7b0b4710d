using System.Buffers.Binary;
using VoiceCluster.Udp.Linux.Frames;

namespace VoiceCluster.Udp.Tests.Linux;

public sealed class FrameHeaderTests
{
    private static readonly NextHop Hop = new(
        new NextHopKey(4, 0xC0000201, 0xC0000202), [0x02, 0xFC, 0, 0, 0, 5], new NetworkDevice(4, new byte[] { 0x02, 0xFC, 0, 0, 0, 1 }, 1500));

    private static readonly Ipv4Endpoint Source = new(0xC0000202, 50000);
    private static readonly Ipv4Endpoint Destination = new(0x08080808, 40001);

    [Fact]
    public void Headers_are_those_of_Ethernet_IPv4_and_UDP()
    {
        var frame = Write([1, 2, 3]);

        Convert.ToHexString(frame.AsSpan(0, 14)).ShouldBe("02FC00000005" + "02FC00000001" + "0800");
        Convert.ToHexString(frame.AsSpan(14, 10)).ShouldBe("45B8001F" + "00004000" + "4011");
        Convert.ToHexString(frame.AsSpan(26, 8)).ShouldBe("C0000202" + "08080808");
        Convert.ToHexString(frame.AsSpan(34, 6)).ShouldBe("C3509C41" + "000B");
        frame[42..].ShouldBe([1, 2, 3]);
    }

    // RFC 1071: with the checksum in its place the sum over all words is all ones.
    [Fact]
    public void Checksums_are_right_for_every_length_and_any_bytes()
    {
        var random = new Random(1);
        for (var length = 0; length <= 1472; length++)
        {
            var datagram = new byte[length];
            random.NextBytes(datagram);

            var frame = Write(datagram);

            OnesComplementSum(frame.AsSpan(14, 20)).ShouldBe((ushort)0xFFFF);
            OnesComplementSum([.. PseudoHeader(frame), .. frame.AsSpan(34)]).ShouldBe((ushort)0xFFFF, $"length {length}");
        }
    }

    [Fact]
    public void A_checksum_of_zero_is_written_as_all_ones_since_zero_would_say_that_there_is_none()
    {
        // The two bytes that are the checksum of the datagram with zeros in their place bring it to zero.
        var checksum = Write([0, 0]).AsSpan(40, 2).ToArray();

        Write(checksum).AsSpan(40, 2).ToArray().ShouldBe([0xFF, 0xFF]);
    }

    private static byte[] Write(ReadOnlySpan<byte> datagram)
    {
        var frame = new byte[FrameHeader.Length + datagram.Length];
        frame.AsSpan().Fill(0xA5);
        datagram.CopyTo(frame.AsSpan(FrameHeader.Length));
        FrameHeader.Write(frame, Hop, 46 << 2, Source, Destination);
        return frame;
    }

    private static byte[] PseudoHeader(byte[] frame) => [.. frame.AsSpan(26, 8), 0, 17, .. frame.AsSpan(38, 2)];

    private static ushort OnesComplementSum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        for (var i = 0; i < bytes.Length; i += 2)
        {
            sum += i + 1 < bytes.Length ? BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]) : (uint)bytes[i] << 8;
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)sum;
    }
}
