using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Udp;

public sealed class DatagramClassifierTests
{
    [Fact]
    public void Classify_Empty_IsKeepaliveWithoutAnswer() =>
        DatagramClassifier.Classify([]).ShouldBe(DatagramKind.OtherKeepalive);

    [Fact]
    public void Classify_ControlVectors_AreWhatTheyAreCalled()
    {
        using var vectors = Vectors.Load("udp_control");
        var root = vectors.RootElement;

        foreach (var discovery in root.GetProperty("ip_discovery").EnumerateArray())
        {
            var request = discovery.Hex("request");
            DatagramClassifier.Classify(request).ShouldBe(request.Length == 74 ? DatagramKind.IpDiscovery : DatagramKind.LegacyIpDiscovery);
        }

        root.GetProperty("keepalive_echo").EnumerateArray().ShouldAllBe(e => Kind(e.Hex("request")) == DatagramKind.Keepalive);
        root.GetProperty("keepalive_no_answer_needed").EnumerateArray().ShouldAllBe(e => Kind(e.Hex("packet")) == DatagramKind.OtherKeepalive);
        root.GetProperty("native_ping").EnumerateArray().ShouldAllBe(e => Kind(e.Hex("request")) == DatagramKind.NativePing);
    }

    [Theory]
    [InlineData("8078000100000000", 8, DatagramKind.Keepalive)]
    [InlineData("81c9000100000001", 8, DatagramKind.Keepalive)]
    [InlineData("1337cafe", 9, DatagramKind.OtherKeepalive)]
    [InlineData("00010046", 74, DatagramKind.IpDiscovery)]
    [InlineData("00020046", 74, DatagramKind.OtherKeepalive)]
    [InlineData("00010047", 74, DatagramKind.OtherKeepalive)]
    [InlineData("00", 70, DatagramKind.LegacyIpDiscovery)]
    [InlineData("000100322112a442", 70, DatagramKind.OtherKeepalive)]
    [InlineData("01", 70, DatagramKind.OtherKeepalive)]
    [InlineData("80", 70, DatagramKind.Rtp)]
    [InlineData("16", 70, DatagramKind.Dtls)]
    [InlineData("000100002112a442", 20, DatagramKind.Stun)]
    [InlineData("030100002112a442", 72, DatagramKind.Stun)]
    [InlineData("000100002112a442", 16, DatagramKind.OtherKeepalive)]
    [InlineData("000100002112a442", 21, DatagramKind.OtherKeepalive)]
    [InlineData("040100002112a442", 20, DatagramKind.OtherKeepalive)]
    [InlineData("000100002112a443", 20, DatagramKind.OtherKeepalive)]
    [InlineData("14", 13, DatagramKind.Dtls)]
    [InlineData("3f", 1, DatagramKind.Dtls)]
    [InlineData("13", 13, DatagramKind.OtherKeepalive)]
    [InlineData("40", 13, DatagramKind.OtherKeepalive)]
    [InlineData("80c0", 9, DatagramKind.Rtcp)]
    [InlineData("bfdf", 28, DatagramKind.Rtcp)]
    [InlineData("80c8", 7, DatagramKind.OtherKeepalive)]
    [InlineData("80bf", 12, DatagramKind.Rtp)]
    [InlineData("80e0", 12, DatagramKind.Rtp)]
    [InlineData("8078", 12, DatagramKind.Rtp)]
    [InlineData("8078", 11, DatagramKind.OtherKeepalive)]
    [InlineData("7f78", 12, DatagramKind.OtherKeepalive)]
    [InlineData("c078", 12, DatagramKind.OtherKeepalive)]
    public void Classify_PrefixAndLength_DecideTheKind(string prefix, int length, DatagramKind expected)
    {
        var datagram = new byte[length];
        Convert.FromHexString(prefix).AsSpan().CopyTo(datagram);

        Kind(datagram).ShouldBe(expected);
    }

    [Fact]
    public void Classify_AnyBytes_HaveADefinedKind() =>
        Prop.ForAll<byte[]>(datagram => Enum.IsDefined(Kind(datagram))).QuickCheckThrowOnFailure();

    private static DatagramKind Kind(byte[] datagram) => DatagramClassifier.Classify(datagram);
}
