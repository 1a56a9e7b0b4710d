using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class WarmUpTests
{
    [Fact]
    public void A_made_up_call_is_forwarded_once_per_process()
    {
        WarmUp.RunOnce(new MediaOptions()).ShouldBeGreaterThan(1000);
        WarmUp.RunOnce(new MediaOptions()).ShouldBe(0);
    }
}
