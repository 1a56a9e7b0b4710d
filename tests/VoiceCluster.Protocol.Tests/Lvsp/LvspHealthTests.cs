using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspHealthTests
{
    [Theory]
    [InlineData(0.97, 0.97)]
    [InlineData(-1, 0)]
    [InlineData(2, 1)]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(1.0 / 3, 0.333)]
    public void Health_is_always_within_zero_and_one(double value, double expected) => new LvspHealth(value).Value.ShouldBe(expected);

    [Fact]
    public void Health_is_what_the_fullest_resource_leaves()
    {
        LvspHealth.FromLoad(0.1, 0.2, 0.3, draining: false).Value.ShouldBe(0.7);
        LvspHealth.FromLoad(0.9, 0.2, 0.3, draining: false).Value.ShouldBe(0.1);
        LvspHealth.FromLoad(0.1, 1.2, 0.3, draining: false).ShouldBe(LvspHealth.Worst);
        LvspHealth.FromLoad(0, 0, 0, draining: false).ShouldBe(LvspHealth.Best);
        LvspHealth.FromLoad(0, 0, 0, draining: true).ShouldBe(LvspHealth.Worst);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(64, 64_000)]
    [InlineData(512, 512_000)]
    [InlineData(513, 513)]
    [InlineData(64_000, 64_000)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Bitrates_up_to_512_are_kilobits(long wire, int bitsPerSecond)
    {
        LvspBitrate.TryNormalize(wire, out var value).ShouldBeTrue();
        value.ShouldBe(bitsPerSecond);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-64)]
    [InlineData(long.MinValue)]
    public void Bitrates_of_nothing_are_none(long wire) => LvspBitrate.TryNormalize(wire, out _).ShouldBeFalse();

    [Theory]
    [InlineData(513, 8_000)]
    [InlineData(96_000, 96_000)]
    [InlineData(int.MaxValue, 512_000)]
    public void Bitrates_in_force_are_sane(int asked, int inForce) => LvspBitrate.Clamp(asked).ShouldBe(inForce);

    [Fact]
    public void A_patch_changes_what_it_names_and_nothing_else()
    {
        var flags = new VoiceFlags(Deaf: true, Mute: false, SelfDeaf: true, SelfMute: false, Suppress: true);
        new VoiceFlagsPatch().IsEmpty.ShouldBeTrue();
        new VoiceFlagsPatch().ApplyTo(flags).ShouldBe(flags);
        var patch = new VoiceFlagsPatch(false, true, null, null, false);
        patch.IsEmpty.ShouldBeFalse();
        patch.ApplyTo(flags).ShouldBe(new VoiceFlags(false, true, true, false, false));
    }
}
