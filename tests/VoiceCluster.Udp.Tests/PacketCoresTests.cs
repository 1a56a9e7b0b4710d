namespace VoiceCluster.Udp.Tests;

public sealed class PacketCoresTests
{
    [Theory]
    [InlineData(new[] { 0 }, 0b1111UL, true, 0b1110UL)]
    [InlineData(new[] { 1, 3 }, 0b1111UL, true, 0b0101UL)]
    [InlineData(new[] { 2 }, 0b0001UL, true, 0b0001UL)]
    [InlineData(new[] { 0, 1 }, 0b0011UL, false, 0b0011UL)]
    [InlineData(new int[0], 0b0011UL, false, 0b0011UL)]
    [InlineData(new[] { -1, 4096 }, 0b0011UL, false, 0b0011UL)]
    public void Cores_are_left_unless_none_would_remain(int[] cores, ulong mask, bool isChanged, ulong rest)
    {
        Span<ulong> words = stackalloc ulong[16];
        words[0] = mask;

        PacketCores.TryRemove(cores, words).ShouldBe(isChanged);
        words[0].ShouldBe(rest);
    }

    [Fact]
    public void Nothing_is_reserved_where_no_core_is_named() => PacketCores.Reserve([]).ShouldBeFalse();
}
