using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Tests.Sessions;

public sealed class NonceMemoryTests
{
    [Fact]
    public void Each_of_the_last_1024_is_taken_once_and_older_ones_are_forgotten()
    {
        var memory = new NonceMemory();
        for (ulong nonce = 0; nonce < 2 * NonceMemory.Length; nonce++)
        {
            memory.TryAdd(nonce).ShouldBeTrue();
            memory.TryAdd(nonce).ShouldBeFalse();
        }

        for (ulong nonce = NonceMemory.Length; nonce < 2 * NonceMemory.Length; nonce++)
        {
            memory.TryAdd(nonce).ShouldBeFalse();
        }

        memory.TryAdd(0).ShouldBeTrue();
    }
}
