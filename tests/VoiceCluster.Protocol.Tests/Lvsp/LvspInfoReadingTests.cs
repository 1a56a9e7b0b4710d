using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>What INFO and VST_REQUEST ask for: every row of the type tables, and everything that is passed over.</summary>
public sealed class LvspInfoReadingTests
{
    private static readonly Snowflake Guild = new(20);
    private static readonly Snowflake Channel = new(30);
    private static readonly Snowflake User = new(40);

    [Fact]
    public void Litecord_0_is_a_channel_request()
    {
        Litecord(0, """ "guild_id":"20","channel_id":"30" """).ShouldBe(new ChannelRequest(Channel, Guild, null));
        Litecord(0, """ "channel_id":"30" """).ShouldBe(new ChannelRequest(Channel, null, null));
        Litecord(0, """ "guild_id":null,"channel_id":30 """).ShouldBe(new ChannelRequest(Channel, null, null));
        Litecord(0, """ "channel_id":"30","bitrate":96 """).ShouldBe(new ChannelRequest(Channel, null, 96_000));
    }

    [Theory]
    [InlineData(""" "bitrate":96000 """, 96_000)]
    [InlineData(""" "bitrate":96 """, 96_000)]
    [InlineData(""" "bitrate":512 """, 512_000)]
    [InlineData(""" "bitrate":513 """, 513)]
    [InlineData(""" "channel_properties":{"bitrate":64} """, 64_000)]
    [InlineData(""" "channel_properties":{"bitrate":64},"bitrate":32 """, 32_000)]
    [InlineData(""" "channel_properties":{"bitrate":64},"bitrate":null """, 64_000)]
    [InlineData(""" "channel_properties":null,"user_limit":5,"bitrate":64 """, 64_000)]
    public void Litecord_2_with_properties_is_a_channel_update(string properties, int expected) =>
        Litecord(2, $""" "guild_id":"20","channel_id":"30",{properties} """).ShouldBe(new ChannelUpdate(Channel, Guild, expected));

    [Theory]
    [InlineData(""" "user_limit":5 """)]
    [InlineData(""" "bitrate":null """)]
    [InlineData(""" "channel_properties":{} """)]
    [InlineData(""" "channel_properties":{"user_limit":5} """)]
    [InlineData(""" "channel_properties":null """)]
    public void Litecord_2_with_properties_but_no_bitrate_is_nothing_and_no_destroy(string properties) =>
        SkippedLitecord(2, $""" "channel_id":"30",{properties} """).Reason.ShouldBe(LvspSkipReason.NothingToUpdate);

    [Fact]
    public void Litecord_2_without_properties_is_a_channel_destroy() =>
        Litecord(2, """ "guild_id":"20","channel_id":"30" """).ShouldBe(new ChannelDestroy(Channel, Guild));

    [Fact]
    public void Litecord_3_without_a_user_is_a_channel_destroy()
    {
        Litecord(3, """ "guild_id":"20","channel_id":"30" """).ShouldBe(new ChannelDestroy(Channel, Guild));
        Litecord(3, """ "channel_id":"30" """).ShouldBe(new ChannelDestroy(Channel, null));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Litecord_3_with_a_user_and_4_are_a_join(int type)
    {
        Litecord(type, """ "user_id":"40","guild_id":"20","channel_id":"30" """)
            .ShouldBe(new VoiceStateCreate(User, Channel, Guild, null, default));
        Litecord(type, """ "user_id":"40","channel_id":"30","session_id":"" """)
            .ShouldBe(new VoiceStateCreate(User, Channel, null, null, default));
        Litecord(type, """ "user_id":"40","channel_id":"30","session_id":"Qh","mute":true,"self_deaf":false,"deaf":null """)
            .ShouldBe(new VoiceStateCreate(User, Channel, null, "Qh", new VoiceFlagsPatch(null, true, false, null, null)));
        ((VoiceStateCreate)Litecord(type, """ "user_id":"40","channel_id":"30","mute":true """)).IsAnsweredWhenUnchanged.ShouldBeTrue();
    }

    [Theory]
    [InlineData(5, "deaf")]
    [InlineData(5, "mute")]
    [InlineData(5, "self_deaf")]
    [InlineData(5, "self_mute")]
    [InlineData(5, "suppress")]
    [InlineData(6, "deaf")]
    [InlineData(6, "mute")]
    [InlineData(6, "self_deaf")]
    [InlineData(6, "self_mute")]
    [InlineData(6, "suppress")]
    public void Litecord_5_and_6_with_a_boolean_are_an_update(int type, string flag)
    {
        var update = Litecord(type, $""" "user_id":"40","guild_id":"20","channel_id":"30","{flag}":true """).ShouldBeOfType<VoiceStateUpdate>();
        update.Selector.ShouldBe(VoiceStateSelector.ByChannel(User, Channel, Guild));
        update.Flags.ShouldBe(new VoiceFlagsPatch(
            flag == "deaf" ? true : null,
            flag == "mute" ? true : null,
            flag == "self_deaf" ? true : null,
            flag == "self_mute" ? true : null,
            flag == "suppress" ? true : null));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Litecord_5_and_6_without_a_boolean_are_a_leave(int type)
    {
        Litecord(type, """ "user_id":"40","guild_id":"20","channel_id":"30","session_id":"Qh" """)
            .ShouldBe(new VoiceStateDestroy(new VoiceStateSelector("Qh", User, Channel, Guild)));
        Litecord(type, """ "user_id":"40","channel_id":"30" """)
            .ShouldBe(new VoiceStateDestroy(VoiceStateSelector.ByChannel(User, Channel, null)));
        Litecord(type, """ "user_id":"40","guild_id":"20" """)
            .ShouldBe(new VoiceStateDestroy(VoiceStateSelector.ByGuild(User, Guild)));
    }

    [Fact]
    public void Litecord_5_with_a_session_only_is_a_leave_but_6_is_an_update_of_nothing()
    {
        Litecord(5, """ "session_id":"Qh" """).ShouldBe(new VoiceStateDestroy(VoiceStateSelector.BySession("Qh")));
        SkippedLitecord(6, """ "session_id":"Qh" """).Reason.ShouldBe(LvspSkipReason.NothingToUpdate);
        Litecord(6, """ "session_id":"Qh","mute":false """)
            .ShouldBe(new VoiceStateUpdate(VoiceStateSelector.BySession("Qh"), new VoiceFlagsPatch(null, false, null, null, null)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Litecord_booleans_that_are_null_make_no_leave_of_an_update(int type) =>
        SkippedLitecord(type, """ "user_id":"40","channel_id":"30","mute":null """).Reason.ShouldBe(LvspSkipReason.NothingToUpdate);

    [Fact]
    public void Litecord_1_is_the_servers() =>
        SkippedLitecord(1, """ "channel_id":"30","guild_id":"20","token":"x" """).Reason.ShouldBe(LvspSkipReason.ServerOnlyType);

    [Fact]
    public void Document_0_makes_updates_or_destroys_a_channel()
    {
        Document(0, """ "id":"30","bitrate":64000 """).ShouldBe(new ChannelRequest(Channel, null, 64_000) { Form = LvspForm.Document });
        Document(0, """ "id":"30","bitrate":64,"guild_id":"20","deleted":false """)
            .ShouldBe(new ChannelRequest(Channel, Guild, 64_000) { Form = LvspForm.Document });
        Document(0, """ "id":30 """).ShouldBe(new ChannelRequest(Channel, null, null) { Form = LvspForm.Document });
        Document(0, """ "id":"30","deleted":true """).ShouldBe(new ChannelDestroy(Channel, null) { Form = LvspForm.Document });
    }

    [Fact]
    public void Document_1_with_a_channel_makes_moves_or_updates_a_voice_state()
    {
        var join = Document(1, """ "user_id":"40","channel_id":"30" """).ShouldBeOfType<VoiceStateCreate>();
        join.ShouldBe(new VoiceStateCreate(User, Channel, null, null, default) { Form = LvspForm.Document, IsUpsert = true });
        join.IsAnsweredWhenUnchanged.ShouldBeTrue();

        var whole = Document(1, """
            "user_id":"40","channel_id":"30","guild_id":"20","session_id":"Qh",
            "deaf":false,"mute":true,"self_deaf":false,"self_mute":true,"suppress":false
            """).ShouldBeOfType<VoiceStateCreate>();
        whole.ShouldBe(new VoiceStateCreate(User, Channel, Guild, "Qh", new VoiceFlagsPatch(false, true, false, true, false))
        {
            Form = LvspForm.Document,
            IsUpsert = true,
        });
        whole.IsAnsweredWhenUnchanged.ShouldBeFalse();
    }

    [Fact]
    public void Document_1_without_a_channel_updates_and_with_null_ends_a_voice_state()
    {
        Document(1, """ "session_id":"Qh","mute":true """).ShouldBe(
            new VoiceStateUpdate(VoiceStateSelector.BySession("Qh"), new VoiceFlagsPatch(null, true, null, null, null))
            {
                Form = LvspForm.Document,
            });
        Document(1, """ "user_id":"40","channel_id":null,"session_id":"Qh" """)
            .ShouldBe(new VoiceStateDestroy(new VoiceStateSelector("Qh", User, null, null)) { Form = LvspForm.Document });
        Document(1, """ "user_id":"40","channel_id":null,"guild_id":"20" """)
            .ShouldBe(new VoiceStateDestroy(VoiceStateSelector.ByGuild(User, Guild)) { Form = LvspForm.Document });
        Document(1, """ "user_id":"40","channel_id":null,"last_channel_id":"30" """)
            .ShouldBe(new VoiceStateDestroy(VoiceStateSelector.ByChannel(User, Channel, null)) { Form = LvspForm.Document });
    }

    [Fact]
    public void Vst_request_is_a_join_in_document_form_that_is_always_answered()
    {
        var rig = LvspRig.Live();
        var join = rig.Request("""{"op":7,"d":{"user_id":"40","channel_id":"30"}}""").ShouldBeOfType<VoiceStateCreate>();
        join.ShouldBe(new VoiceStateCreate(User, Channel, null, null, default) { Form = LvspForm.Document });
        join.IsAnsweredWhenUnchanged.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"op":6}""", LvspSkipReason.NoBody)]
    [InlineData("""{"op":6,"d":7}""", LvspSkipReason.NoBody)]
    [InlineData("""{"op":6,"d":{}}""", LvspSkipReason.NoBody)]
    [InlineData("""{"op":6,"d":{"type":0}}""", LvspSkipReason.NoBody)]
    [InlineData("""{"op":6,"d":{"type":0,"data":null,"info":null}}""", LvspSkipReason.NoBody)]
    [InlineData("""{"op":6,"d":{"type":0,"data":[]}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"info":"x"}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"data":{"channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":null,"data":{"channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":"0","data":{"channel_id":"30"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0.0,"data":{"channel_id":"30"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":7,"data":{"channel_id":"30"}}}""", LvspSkipReason.UnknownType)]
    [InlineData("""{"op":6,"d":{"type":-1,"data":{"channel_id":"30"}}}""", LvspSkipReason.UnknownType)]
    [InlineData("""{"op":6,"d":{"type":4294967296,"data":{"channel_id":"30"}}}""", LvspSkipReason.UnknownType)]
    [InlineData("""{"op":6,"d":{"type":99999999999999999999999,"data":{"channel_id":"30"}}}""", LvspSkipReason.UnknownType)]
    [InlineData("""{"op":6,"d":{"type":2,"info":{"id":"30"}}}""", LvspSkipReason.UnknownType)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":null}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":""}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"0"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":0}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":-1}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":3e1}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":30.0}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"18446744073709551616"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":18446744073709551616}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"+30"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":" 30"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"\u0663"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"\ud800"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":["30"]}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"30","guild_id":"x"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","bitrate":"64"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","bitrate":0}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","bitrate":-5}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","bitrate":64.5}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","channel_properties":7}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":2,"data":{"channel_id":"30","channel_properties":{"bitrate":"x"}}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":3,"data":{"user_id":null,"channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","mute":1}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","session_id":5}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","session_id":"a b"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","session_id":"\u0000"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":4,"data":{"user_id":"40","channel_id":"30","session_id":"\udfff"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":5,"data":{}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":5,"data":{"user_id":"40"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":5,"data":{"guild_id":"20","channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":6,"data":{"user_id":"40"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":6,"data":{"mute":true}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":6,"data":{"session_id":"Qh","mute":"yes"}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":0,"info":{"bitrate":64000}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":0,"info":{"id":"30","deleted":1}}}""", LvspSkipReason.WrongField)]
    [InlineData("""{"op":6,"d":{"type":1,"info":{"user_id":"40","channel_id":null}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":1,"info":{"channel_id":"30"}}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":6,"d":{"type":1,"info":{"session_id":"Qh"}}}""", LvspSkipReason.NothingToUpdate)]
    [InlineData("""{"op":7}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":7,"d":{"user_id":"40"}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":7,"d":{"channel_id":"30"}}""", LvspSkipReason.MissingField)]
    [InlineData("""{"op":7,"d":{"user_id":"x","channel_id":"30"}}""", LvspSkipReason.WrongField)]
    public void What_cannot_be_used_is_skipped_and_the_link_lives(string json, LvspSkipReason reason)
    {
        var rig = LvspRig.Live();
        rig.Skipped(json).Reason.ShouldBe(reason);
        rig.Connection.State.ShouldBe(LvspConnectionState.Live);
    }

    [Fact]
    public void The_largest_snowflake_is_taken_as_text_and_as_integer()
    {
        Litecord(0, """ "channel_id":"18446744073709551615" """).ShouldBe(new ChannelRequest(new Snowflake(ulong.MaxValue), null, null));
        Litecord(0, """ "channel_id":18446744073709551615 """).ShouldBe(new ChannelRequest(new Snowflake(ulong.MaxValue), null, null));
    }

    [Fact]
    public void Of_both_bodies_data_counts_and_null_is_none()
    {
        var rig = LvspRig.Live();
        rig.Request("""{"op":6,"d":{"info":{"id":"1"},"type":0,"data":{"channel_id":"30"}}}""")
            .ShouldBe(new ChannelRequest(Channel, null, null));
        rig.Request("""{"op":6,"d":{"info":{"id":"30"},"type":0,"data":null}}""")
            .ShouldBe(new ChannelRequest(Channel, null, null) { Form = LvspForm.Document });
    }

    [Fact]
    public void Of_a_key_that_occurs_twice_the_last_counts()
    {
        var rig = LvspRig.Live();
        rig.Request("""{"op":7,"op":6,"d":{},"d":{"type":9,"type":0,"data":{"channel_id":"x","channel_id":"30"}}}""")
            .ShouldBe(new ChannelRequest(Channel, null, null));
    }

    [Fact]
    public void Session_ids_of_the_backend_have_a_longest_length()
    {
        var longest = new string('~', 128);
        Litecord(4, $""" "user_id":"40","channel_id":"30","session_id":"{longest}" """)
            .ShouldBe(new VoiceStateCreate(User, Channel, null, longest, default));
        SkippedLitecord(4, $""" "user_id":"40","channel_id":"30","session_id":"{longest}~" """).Field.ShouldBe("session_id");
    }

    private static LvspRequest Litecord(int type, string fields)
    {
        var request = LvspRig.Live().Request($$$"""{"op":6,"d":{"type":{{{type}}},"data":{ {{{fields}}} } } }""");
        request.Form.ShouldBe(LvspForm.Litecord);
        return request;
    }

    private static LvspFrame.Skipped SkippedLitecord(int type, string fields) =>
        LvspRig.Live().Skipped($$$"""{"op":6,"d":{"type":{{{type}}},"data":{ {{{fields}}} } } }""");

    private static LvspRequest Document(int type, string fields)
    {
        var request = LvspRig.Live().Request($$$"""{"op":6,"d":{"type":{{{type}}},"info":{ {{{fields}}} } } }""");
        request.Form.ShouldBe(LvspForm.Document);
        return request;
    }
}
