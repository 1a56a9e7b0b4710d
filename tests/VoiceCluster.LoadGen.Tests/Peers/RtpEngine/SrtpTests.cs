using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Tests.Peers.RtpEngine;

public sealed class SrtpTests
{
    private const string GcmKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string GcmSalt = "517569642070726f2071756f";
    private const string GcmPacket =
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
    private const string GcmProtected =
        "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13";

    // The validation packet of libsrtp, with the master key and salt of RFC 3711, appendix B.3.
    [Fact]
    public void Protect_agrees_with_the_packet_that_libsrtp_validates_itself_with()
    {
        using var srtp = new AesCounterHmacSrtp(Convert.FromHexString("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6"));
        var packet = Convert.FromHexString("800f1234decafbadcafebabe" + "abababababababababababababababab");
        var buffer = new byte[packet.Length + AesCounterHmacSrtp.TagBytes];
        packet.CopyTo(buffer, 0);
        srtp.Protect(buffer, packet.Length, rolloverCount: 0).ShouldBe(buffer.Length);
        Convert.ToHexStringLower(buffer).ShouldBe("800f1234decafbadcafebabe" + "4e55dc4ce79978d88ca4d215949d2402" + "b78d6acc99ea179b8dbb");
    }

    [Fact]
    public void Protect_AfterARollover_IsAnotherPacket()
    {
        using var srtp = new AesCounterHmacSrtp(new byte[AesCounterHmacSrtp.MasterBytes]);
        var (first, second) = (new byte[42], new byte[42]);
        srtp.Protect(first, 32, rolloverCount: 0);
        srtp.Protect(second, 32, rolloverCount: 1);
        first.AsSpan(12, 20).SequenceEqual(second.AsSpan(12, 20)).ShouldBeFalse();
        first.AsSpan(32).SequenceEqual(second.AsSpan(32)).ShouldBeFalse();
    }

    // RFC 7714, section 16.2.1.
    [Fact]
    public void Open_agrees_with_the_RFC()
    {
        using var srtp = new AesGcmSrtp(Convert.FromHexString(GcmKey), Convert.FromHexString(GcmSalt));
        var packet = Convert.FromHexString(GcmProtected);
        var length = srtp.Open(packet, rolloverCount: 0);
        Convert.ToHexStringLower(packet.AsSpan(0, length)).ShouldBe(GcmPacket);
    }

    [Fact]
    public void Open_ChangedPacketOrRolloverCount_Fails()
    {
        using var srtp = new AesGcmSrtp(Convert.FromHexString(GcmKey), Convert.FromHexString(GcmSalt));
        for (var index = 0; index < GcmProtected.Length / 2; index++)
        {
            var packet = Convert.FromHexString(GcmProtected);
            packet[index] ^= 1;
            srtp.Open(packet, rolloverCount: 0).ShouldBe(-1, $"byte {index}");
        }

        srtp.Open(Convert.FromHexString(GcmProtected), rolloverCount: 1).ShouldBe(-1);
        srtp.Open(new byte[27], rolloverCount: 0).ShouldBe(-1);
    }
}
