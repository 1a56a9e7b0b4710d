using VoiceCluster.LoadGen.Peers;

namespace VoiceCluster.LoadGen.Tests.Peers;

public sealed class KernelDatagramsTests
{
    [Fact]
    public void Sent_datagrams_are_found_by_their_name() => KernelDatagrams.ParseSent(
        """
        Tcp: RtoAlgorithm RtoMin
        Tcp: 1 200
        Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
        Udp: 11 12 13 14 15
        UdpLite: InDatagrams NoPorts InErrors OutDatagrams
        UdpLite: 21 22 23 24
        """).ShouldBe(14);

    [Theory]
    [InlineData("")]
    [InlineData("Udp: InDatagrams OutDatagrams")]
    [InlineData("Udp: InDatagrams OutDatagrams\nUdp: 1")]
    [InlineData("Udp: InDatagrams\nUdp: 1")]
    public void Statistics_without_them_are_an_error(string statistics) =>
        Should.Throw<InvalidDataException>(() => KernelDatagrams.ParseSent(statistics));
}
