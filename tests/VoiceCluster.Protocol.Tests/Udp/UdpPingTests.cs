using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Udp;

public sealed class UdpPingTests
{
    [Fact]
    public void WriteResponse_EveryVector_GivesItsBytes()
    {
        using var vectors = Vectors.Load("udp_control");
        foreach (var vector in vectors.RootElement.GetProperty("native_ping").EnumerateArray())
        {
            var response = new byte[8];

            UdpPing.IsRequest(vector.Hex("request")).ShouldBeTrue();
            UdpPing.WriteResponse(vector.Hex("request"), response).ShouldBe(8);

            response.ShouldBe(vector.Hex("response"));
        }
    }

    [Fact]
    public void TryParseResponse_AnsweredPing_GivesItsSequence()
    {
        var request = new byte[8];
        var response = new byte[8];
        UdpPing.WriteRequest(0xDEADBEEF, request).ShouldBe(8);
        UdpPing.WriteResponse(request, response);

        UdpPing.TryParseResponse(response, out var sequence).ShouldBeTrue();

        sequence.ShouldBe(0xDEADBEEF);
    }

    [Fact]
    public void TryParseResponse_RequestOrOtherLength_IsRefused()
    {
        var request = new byte[9];
        UdpPing.WriteRequest(1, request);

        UdpPing.TryParseResponse(request.AsSpan(0, 8), out _).ShouldBeFalse();
        for (var length = 0; length <= request.Length; length++)
        {
            UdpPing.IsRequest(request.AsSpan(0, length)).ShouldBe(length == 8);
        }
    }
}
