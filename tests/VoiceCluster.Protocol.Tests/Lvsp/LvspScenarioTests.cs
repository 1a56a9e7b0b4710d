using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>The scenarios of <c>docs/lvsp.md</c>, as far as one connection goes: what is asked, and what an answer looks like.</summary>
public sealed class LvspScenarioTests
{
    private static readonly Snowflake Guild = new(20);
    private static readonly Snowflake Channel = new(30);
    private static readonly Snowflake OtherChannel = new(31);
    private static readonly Snowflake User = new(40);

    private readonly LvspRig _rig = LvspRig.Live();

    [Fact]
    public void A_channel_is_initialised_in_Litecord_form()
    {
        var request = Ask("""{"op":6,"d":{"type":0,"data":{"guild_id":"20","channel_id":"30"}}}""");
        request.ShouldBe(new ChannelRequest(Channel, Guild, null));
        Answer(request, new ChannelAssigned(Channel, Guild, LvspBitrate.Default, "9x", "v1.example:443")).ShouldBe(
            """{"op":6,"s":1,"d":{"type":1,"data":{"channel_id":"30","guild_id":"20","token":"9x","endpoint":"v1.example:443"}}}""");
    }

    [Fact]
    public void A_channel_that_cannot_be_placed_is_destroyed()
    {
        var request = Ask("""{"op":6,"d":{"type":0,"data":{"guild_id":"20","channel_id":"30"}}}""");
        Answer(request, new ChannelDestroyed(Channel, Guild, LvspReason.NoCapacity)).ShouldBe(
            """{"op":6,"s":1,"d":{"type":2,"data":{"channel_id":"30","guild_id":"20","reason":"no capacity"}}}""");
    }

    [Fact]
    public void A_channel_is_initialised_in_document_form()
    {
        var request = Ask("""{"op":6,"d":{"type":0,"info":{"id":"30","bitrate":64000}}}""");
        request.ShouldBe(new ChannelRequest(Channel, null, 64_000) { Form = LvspForm.Document });
        Answer(request, new ChannelAssigned(Channel, null, 64_000, "9x", "v1.example:443")).ShouldBe(
            """{"op":6,"s":1,"d":{"type":0,"info":{"id":"30","bitrate":64000,"token":"9x","endpoint":"v1.example:443"}}}""");
    }

    [Fact]
    public void A_channel_is_updated_in_both_forms()
    {
        Ask("""{"op":6,"d":{"type":2,"data":{"guild_id":"20","channel_id":"30","bitrate":96000}}}""")
            .ShouldBe(new ChannelUpdate(Channel, Guild, 96_000));
        var request = Ask("""{"op":6,"d":{"type":0,"info":{"id":"30","bitrate":960000}}}""").ShouldBeOfType<ChannelRequest>();
        Answer(request, new ChannelBitrateInForce(Channel, null, LvspBitrate.Clamp(request.Bitrate!.Value))).ShouldBe(
            """{"op":6,"s":1,"d":{"type":0,"info":{"id":"30","bitrate":512000}}}""");
    }

    [Fact]
    public void A_channel_is_destroyed_in_both_forms_and_numberings()
    {
        Ask("""{"op":6,"d":{"type":3,"data":{"guild_id":"20","channel_id":"30"}}}""").ShouldBe(new ChannelDestroy(Channel, Guild));
        Ask("""{"op":6,"d":{"type":2,"data":{"guild_id":"20","channel_id":"30"}}}""").ShouldBe(new ChannelDestroy(Channel, Guild));
        Ask("""{"op":6,"d":{"type":0,"info":{"id":"30","deleted":true}}}""")
            .ShouldBe(new ChannelDestroy(Channel, null) { Form = LvspForm.Document });
    }

    [Fact]
    public void A_user_joins_in_Litecord_form_behind_a_channel_request_without_waiting()
    {
        _rig.Text("""{"op":6,"d":{"type":0,"data":{"guild_id":"20","channel_id":"30"}}}""");
        _rig.Text("""{"op":6,"d":{"type":4,"data":{"user_id":"40","guild_id":"20","channel_id":"30"}}}""");
        var asked = _rig.Drain().ConvertAll(output => ((LvspOutput.RequestReceived)output).Request);
        asked.ShouldBe([new ChannelRequest(Channel, Guild, null), new VoiceStateCreate(User, Channel, Guild, null, default)]);

        Answer(asked[0], new ChannelAssigned(Channel, Guild, LvspBitrate.Default, "9x", "v1.example:443")).ShouldContain("\"s\":1,");
        Answer(asked[1], new VoiceStateDone(User, Channel, Guild, "Qh", default, "Zr", "v1.example:443")).ShouldBe(
            """{"op":6,"s":2,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","guild_id":"20","session_id":"Qh","token":"Zr","endpoint":"v1.example:443"}}}""");
    }

    [Fact]
    public void A_user_joins_in_document_form_and_is_answered_with_a_whole_voice_state()
    {
        var request = Ask("""{"op":7,"d":{"user_id":"40","channel_id":"30"}}""");
        Answer(request, new VoiceStateDone(User, Channel, null, "Qh", default, "Zr", "v1.example:443")).ShouldBe(
            """{"op":6,"s":1,"d":{"type":1,"info":{"user_id":"40","channel_id":"30","session_id":"Qh","deaf":false,"mute":false,"self_deaf":false,"self_mute":false,"suppress":false,"token":"Zr","endpoint":"v1.example:443"}}}""");
    }

    [Fact]
    public void A_user_leaves_in_both_forms_and_numberings()
    {
        var everything = new VoiceStateSelector("Qh", User, Channel, Guild);
        Ask("""{"op":6,"d":{"type":5,"data":{"user_id":"40","channel_id":"30","guild_id":"20","session_id":"Qh"}}}""")
            .ShouldBe(new VoiceStateDestroy(everything));
        Ask("""{"op":6,"d":{"type":6,"data":{"user_id":"40","channel_id":"30","guild_id":"20","session_id":"Qh"}}}""")
            .ShouldBe(new VoiceStateDestroy(everything));
        Ask("""{"op":6,"d":{"type":1,"info":{"user_id":"40","channel_id":null,"session_id":"Qh"}}}""")
            .ShouldBe(new VoiceStateDestroy(new VoiceStateSelector("Qh", User, null, null)) { Form = LvspForm.Document });
    }

    [Fact]
    public void A_user_moves_in_both_forms()
    {
        Ask("""{"op":6,"d":{"type":4,"data":{"user_id":"40","guild_id":"20","channel_id":"31"}}}""")
            .ShouldBe(new VoiceStateCreate(User, OtherChannel, Guild, null, default));
        Ask("""{"op":6,"d":{"type":1,"info":{"user_id":"40","channel_id":"31"}}}""")
            .ShouldBe(new VoiceStateCreate(User, OtherChannel, null, null, default) { Form = LvspForm.Document, IsUpsert = true });
    }

    [Fact]
    public void A_user_is_muted_in_both_forms_and_numberings()
    {
        var mute = new VoiceFlagsPatch(null, true, null, null, null);
        var expected = new VoiceStateUpdate(VoiceStateSelector.ByChannel(User, Channel, Guild), mute);
        Ask("""{"op":6,"d":{"type":5,"data":{"user_id":"40","guild_id":"20","channel_id":"30","mute":true}}}""").ShouldBe(expected);
        Ask("""{"op":6,"d":{"type":6,"data":{"user_id":"40","guild_id":"20","channel_id":"30","mute":true}}}""").ShouldBe(expected);
        Ask("""{"op":6,"d":{"type":1,"info":{"user_id":"40","channel_id":"30","mute":true}}}""")
            .ShouldBe(new VoiceStateCreate(User, Channel, null, null, mute) { Form = LvspForm.Document, IsUpsert = true });
    }

    [Theory]
    [InlineData(false, """{"op":6,"s":1,"d":{"type":5,"data":{"user_id":"40","channel_id":"30","guild_id":"20","session_id":"Qh","reason":"disconnected"}}}""")]
    [InlineData(true, """{"op":6,"s":1,"d":{"type":1,"info":{"user_id":"40","channel_id":null,"last_channel_id":"30","guild_id":"20","session_id":"Qh","deaf":false,"mute":false,"self_deaf":false,"self_mute":false,"suppress":false,"reason":"disconnected"}}}""")]
    public void The_server_ends_a_voice_state_and_says_so_in_the_form_used_last(bool document, string expected)
    {
        Ask(document ? """{"op":7,"d":{"user_id":"40","channel_id":"30"}}""" : """{"op":6,"d":{"type":0,"data":{"channel_id":"30"}}}""");
        _rig.Notify(new VoiceStateDestroyed(User, Channel, Guild, "Qh", LvspReason.Disconnected, default)).ShouldBeTrue();
        _rig.DrainTexts().ShouldBe([expected]);
    }

    [Fact]
    public void The_server_moves_a_user_with_the_same_session_and_a_new_token_and_endpoint()
    {
        _rig.Notify(new VoiceStateDone(User, Channel, Guild, "Qh", default, "Zr", "v1.example:443")).ShouldBeTrue();
        _rig.Notify(new VoiceStateDone(User, Channel, Guild, "Qh", default, "Yq", "v2.example:443")).ShouldBeTrue();
        var texts = _rig.DrainTexts();
        texts[1].ShouldBe(texts[0].Replace("\"s\":1", "\"s\":2").Replace("Zr", "Yq").Replace("v1", "v2"));
    }

    private LvspRequest Ask(string json) => _rig.Request(json);

    private string Answer(LvspRequest request, LvspNotice notice)
    {
        _rig.Notify(notice, request.Form).ShouldBeTrue();
        return _rig.DrainTexts().ShouldHaveSingleItem();
    }
}
