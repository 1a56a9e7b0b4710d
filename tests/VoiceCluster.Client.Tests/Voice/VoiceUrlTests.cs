using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;

namespace VoiceCluster.Client.Tests.Voice;

public sealed class VoiceUrlTests
{
    [Theory]
    [InlineData("v1.example:443", "wss://lvsp.example/lvsp", "wss://v1.example/")]
    [InlineData("localhost:8443", "ws://127.0.0.1:8080/lvsp", "wss://localhost:8443/")]
    [InlineData("127.0.0.1:8080", "ws://127.0.0.1:8080/lvsp", "ws://127.0.0.1:8080/")]
    [InlineData("v1.example", "ws://127.0.0.1:8080/lvsp", "wss://v1.example/")]
    public void From_endpoint_is_dialled_over_tls_unless_it_is_the_plain_lvsp_address(string endpoint, string lvsp, string expected) =>
        VoiceUrl.From(endpoint, new Uri(lvsp)).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("host:port")]
    [InlineData("host/path")]
    public void From_what_is_no_endpoint_is_refused(string endpoint) =>
        Should.Throw<UnexpectedAnswerException>(() => VoiceUrl.From(endpoint, new Uri("ws://127.0.0.1:8080/lvsp")));
}
