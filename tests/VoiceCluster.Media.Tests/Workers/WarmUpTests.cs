using VoiceCluster.Media.Workers;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class WarmUpTests
{
    [Fact]
    public void A_made_up_call_is_forwarded_once_per_process()
    {
        WarmUp.RunOnce(new MediaOptions(), socket => DatagramSockets.Open(socket)).ShouldBeGreaterThan(1000);
        WarmUp.RunOnce(new MediaOptions(), socket => DatagramSockets.Open(socket)).ShouldBe(0);
    }
}
