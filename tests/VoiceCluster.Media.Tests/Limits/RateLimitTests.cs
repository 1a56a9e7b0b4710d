using VoiceCluster.Media.Limits;

namespace VoiceCluster.Media.Tests.Limits;

public sealed class RateLimitTests
{
    private static readonly Rate TenASecond = new(10, TimeSpan.FromSeconds(2));
    private RateLimit _limit;

    [Fact]
    public void A_burst_passes_at_once_and_then_the_rate()
    {
        var now = TimeSpan.FromSeconds(100).Ticks;
        Take(now, 30).ShouldBe(20);
        Take(now + TimeSpan.FromSeconds(1).Ticks, 30).ShouldBe(10);
        _limit.HasRoom(TenASecond, now + TimeSpan.FromSeconds(1).Ticks).ShouldBeFalse();
        Take(now + TimeSpan.FromSeconds(60).Ticks, 30).ShouldBe(20);
    }

    [Fact]
    public void What_does_not_fit_takes_nothing()
    {
        _limit.TryTake(TenASecond, 21, 0).ShouldBeFalse();
        _limit.TryTake(TenASecond, 20, 0).ShouldBeTrue();
    }

    [Fact]
    public void Addresses_are_limited_each_for_itself()
    {
        var limiter = new AddressLimiter(TenASecond);
        for (uint address = 1; address <= 100; address++)
        {
            Enumerable.Range(0, 30).Count(_ => limiter.TryTake(address, 0)).ShouldBe(20);
            limiter.HasRoom(address, 0).ShouldBeFalse();
        }

        limiter.HasRoom(5000, 0).ShouldBeTrue();
    }

    [Fact]
    public void A_flood_of_addresses_does_not_refuse_new_ones()
    {
        var limiter = new AddressLimiter(TenASecond);
        for (uint address = 1; address <= 100_000; address++)
        {
            limiter.TryTake(address, 0).ShouldBeTrue();
        }
    }

    private int Take(long now, int attempts)
    {
        var taken = 0;
        for (var i = 0; i < attempts; i++)
        {
            taken += _limit.TryTake(TenASecond, 1, now) ? 1 : 0;
        }

        return taken;
    }
}
