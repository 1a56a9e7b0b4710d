using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspCompatibilityTests
{
    private static readonly LvspConnectionOptions Compatible = LvspRig.Options with { LitecordCompatibility = true };

    [Theory]
    [InlineData(30_000, 30)]
    [InlineData(29_001, 30)]
    [InlineData(10, 1)]
    public void Hello_tells_an_unmodified_Litecord_whole_seconds(int milliseconds, int expected)
    {
        var rig = new LvspRig(Compatible with { HeartbeatInterval = TimeSpan.FromMilliseconds(milliseconds) });
        rig.DrainTexts().ShouldBe([$$$"""{"op":0,"d":{"heartbeat_interval":{{{expected}}},"nonce":"k3Zt9QwLb1"}}"""]);
    }

    [Fact]
    public void Channel_assign_is_not_sent_and_takes_no_number()
    {
        var rig = LvspRig.Live(Compatible);
        rig.Notify(LvspConnectionTests.Assigned).ShouldBeFalse();
        rig.Notify(new VoiceStateDone(new Snowflake(40), new Snowflake(30), null, "Qh", default, "Zr", "v1")).ShouldBeTrue();
        rig.DrainTexts().ShouldHaveSingleItem().ShouldStartWith("""{"op":6,"s":1,"d":{"type":4,""");
    }

    [Fact]
    public void What_nobody_asked_for_is_always_in_Litecord_form()
    {
        var rig = LvspRig.Live(Compatible);
        rig.Request("""{"op":7,"d":{"user_id":"40","channel_id":"30"}}""").Form.ShouldBe(LvspForm.Document);
        rig.Connection.CurrentForm.ShouldBe(LvspForm.Document);
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Litecord);
    }

    [Fact]
    public void Without_the_parameter_the_form_used_last_counts()
    {
        var rig = LvspRig.Live();
        rig.Connection.CurrentForm.ShouldBeNull();
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Litecord);
        rig.Request("""{"op":7,"d":{"user_id":"40","channel_id":"30"}}""");
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Document);
        rig.Request("""{"op":6,"d":{"type":0,"data":{"channel_id":"30"}}}""");
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Litecord);
        rig.Request("""{"op":6,"d":{"type":0,"info":{"id":"30"}}}""");
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Document);
        rig.Request("""{"op":6,"d":{"type":0,"info":{"id":"30"},"data":{"channel_id":"30"}}}""");
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Litecord);
    }

    [Fact]
    public void Two_connections_with_one_secret_both_live()
    {
        var first = LvspRig.Live();
        var second = LvspRig.Live();
        first.Text("""{"op":4}""");
        second.Text("""{"op":4}""");
        first.DrainTexts().ShouldHaveSingleItem();
        second.DrainTexts().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(LvspForm.Litecord, "data")]
    [InlineData(LvspForm.Document, "info")]
    public void A_form_is_known_by_the_name_of_its_body(LvspForm form, string key)
    {
        form.ToBodyKey().ShouldBe(key);
        LvspForms.TryParse(key, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(form);
        LvspForms.TryParse(key.ToUpperInvariant(), out _).ShouldBeFalse();
        LvspForms.TryParse(null, out _).ShouldBeFalse();
    }
}
