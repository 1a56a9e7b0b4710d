using VoiceCluster.LoadGen.Peers.Mumble;

namespace VoiceCluster.LoadGen.Tests.Peers.Mumble;

public sealed class MumbleVoicePacketTests
{
    [Theory]
    [InlineData(0u, "00")]
    [InlineData(0x7Fu, "7f")]
    [InlineData(0x80u, "8080")]
    [InlineData(0x3FFFu, "bfff")]
    [InlineData(0x4000u, "c04000")]
    [InlineData(0x1FFFFFu, "dfffff")]
    [InlineData(0x200000u, "e0200000")]
    [InlineData(0xFFFFFFFu, "efffffff")]
    public void Varints_have_these_bytes(uint value, string bytes)
    {
        var target = new byte[5];
        var length = MumbleVoicePacket.WriteVarint(target, value);
        Convert.ToHexStringLower(target.AsSpan(0, length)).ShouldBe(bytes);

        ReadOnlySpan<byte> rest = target.AsSpan(0, length);
        MumbleVoicePacket.TryReadVarint(ref rest, out var read).ShouldBeTrue();
        (read, rest.Length).ShouldBe((value, 0));
    }

    [Fact]
    public void Varint_of_32_bits_is_read_and_other_forms_are_not()
    {
        ReadOnlySpan<byte> whole = [0xF0, 0x89, 0xAB, 0xCD, 0xEF, 0x55];
        MumbleVoicePacket.TryReadVarint(ref whole, out var value).ShouldBeTrue();
        (value, whole.Length).ShouldBe((0x89ABCDEFu, 1));
        foreach (var first in new byte[] { 0xF4, 0xF8, 0xFC, 0xFF })
        {
            ReadOnlySpan<byte> other = [first, 0, 0, 0, 0, 0, 0, 0, 0];
            MumbleVoicePacket.TryReadVarint(ref other, out _).ShouldBeFalse($"{first:x2}");
        }
    }

    [Fact]
    public void Packet_to_the_server_is_header_sequence_length_frame()
    {
        var packet = new byte[100];
        var length = MumbleVoicePacket.Write(packet, 200, [1, 2, 3]);
        Convert.ToHexStringLower(packet.AsSpan(0, length)).ShouldBe("80" + "80c8" + "03" + "010203");
    }

    [Fact]
    public void Packet_from_the_server_has_the_session_too()
    {
        var packet = Convert.FromHexString("80" + "812c" + "05" + "a003" + "010203");
        MumbleVoicePacket.TryRead(packet, out var session, out var sequence, out var frame).ShouldBeTrue();
        (session, sequence).ShouldBe((300u, 5u));

        // A length of 0x2003: the end-of-talk bit above, which is no part of it.
        frame.Length.ShouldBe(3);
        frame.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Packet_CutShort_IsRefused()
    {
        var packet = Convert.FromHexString("80812c0503010203");
        for (var length = 0; length < packet.Length; length++)
        {
            MumbleVoicePacket.TryRead(packet.AsSpan(0, length), out _, out _, out _).ShouldBeFalse($"{length} bytes");
        }
    }

    [Fact]
    public void Ping_is_a_ping_and_no_voice()
    {
        var packet = new byte[10];
        var length = MumbleVoicePacket.WritePing(packet);
        MumbleVoicePacket.IsPing(packet.AsSpan(0, length)).ShouldBeTrue();
        MumbleVoicePacket.TryRead(packet.AsSpan(0, length), out _, out _, out _).ShouldBeFalse();
        MumbleVoicePacket.IsPing([0x80]).ShouldBeFalse();
        MumbleVoicePacket.IsPing([]).ShouldBeFalse();
    }
}
