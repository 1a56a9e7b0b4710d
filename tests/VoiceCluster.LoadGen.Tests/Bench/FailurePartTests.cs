using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class FailurePartTests
{
    [Fact]
    public void The_line_of_the_program_is_read() =>
        FailurePart.Read("8 failures; nothing sent for 20.1 ms (median), 41.9 ms (longest); 4210 packets, 0 repeated nonces; GOOD").ShouldBe([8, 20.1, 41.9, 4210, 0]);
}
