using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Udp;

public sealed class KeepaliveTests
{
    [Fact]
    public void WriteResponse_EveryVector_IsAnEcho()
    {
        using var vectors = Vectors.Load("udp_control");
        foreach (var vector in vectors.RootElement.GetProperty("keepalive_echo").EnumerateArray())
        {
            var response = new byte[8];
            Keepalive.WriteResponse(vector.Hex("request"), response).ShouldBe(8);

            response.ShouldBe(vector.Hex("response"));
        }
    }

    [Fact]
    public void WriteRequest_Counter_IsLittleEndian()
    {
        var request = new byte[8];

        Keepalive.WriteRequest(42, request).ShouldBe(8);

        request.ShouldBe(Convert.FromHexString("2a00000000000000"));
    }
}
