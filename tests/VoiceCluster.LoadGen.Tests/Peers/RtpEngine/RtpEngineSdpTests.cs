using System.Net;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Tests.Peers.RtpEngine;

public sealed class RtpEngineSdpTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 44).Select(value => (byte)value)];

    [Fact]
    public void What_is_written_is_read_again()
    {
        var sdp = RtpEngineSdp.Write(IPAddress.Parse("127.1.0.9"), 4000, "sendonly", new SdpCrypto(7, SrtpSuite.AesGcm, Key));
        RtpEngineSdp.ReadPort(sdp).ShouldBe(4000);
        var crypto = RtpEngineSdp.ReadCrypto(sdp, SrtpSuite.AesGcm, 44).ShouldNotBeNull();
        crypto.Tag.ShouldBe(7);
        crypto.Key.ShouldBe(Key);
        sdp.ShouldContain("\r\na=sendonly\r\n");
        sdp.ShouldContain("\r\nc=IN IP4 127.1.0.9\r\n");
    }

    [Theory]
    [InlineData("a=crypto:3 AEAD_AES_256_GCM inline:{0}|2^31|1:1 UNENCRYPTED_SRTCP")]
    [InlineData("a=crypto:1 AEAD_AES_128_GCM inline:AAAA\na=crypto:3 AEAD_AES_256_GCM inline:{0}")]
    public void Key_is_found_among_others_with_or_without_padding(string lines)
    {
        foreach (var key in new[] { Convert.ToBase64String(Key), Convert.ToBase64String(Key).TrimEnd('=') })
        {
            RtpEngineSdp.ReadCrypto(string.Format(lines, key), SrtpSuite.AesGcm, 44).ShouldNotBeNull().Key.ShouldBe(Key);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a=crypto:")]
    [InlineData("a=crypto:1 AEAD_AES_256_GCM")]
    [InlineData("a=crypto:x AEAD_AES_256_GCM inline:AAAA")]
    [InlineData("a=crypto:1 AEAD_AES_256_GCM inline:AAAA")]
    [InlineData("a=crypto:1 AEAD_AES_256_GCM inline:!!!!")]
    [InlineData("a=crypto:1 AEAD_AES_256_GCM key:AAAA")]
    public void Key_that_is_none_is_not_found(string sdp) => RtpEngineSdp.ReadCrypto(sdp, SrtpSuite.AesGcm, 44).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("m=audio ")]
    [InlineData("m=audio 0 RTP/SAVP 111")]
    [InlineData("m=audio 65536 RTP/SAVP 111")]
    [InlineData("m=video 4000 RTP/SAVP 111")]
    public void Port_that_is_none_is_not_found(string sdp) => RtpEngineSdp.ReadPort(sdp).ShouldBeNull();
}
