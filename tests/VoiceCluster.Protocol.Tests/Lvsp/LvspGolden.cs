using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>Frames as they stand on the wire, written by hand for these tests from the scenarios in <c>docs/lvsp.md</c>.</summary>
internal static class LvspGolden
{
    public static readonly Snowflake Guild = new(41771983423143936);
    public static readonly Snowflake Channel = new(41771983423143937);
    public static readonly Snowflake User = new(73193882359173120);

    public static readonly VoiceFlags Muted = new(Deaf: false, Mute: true, SelfDeaf: false, SelfMute: false, Suppress: false);

    private static readonly VoiceFlagsPatch Mute = new(null, true, null, null, null);

    /// <summary>What a backend sends, and what it asks for.</summary>
    public static readonly (string Json, LvspRequest Request)[] Requests =
    [
        ("""{"op":6,"d":{"type":0,"data":{"channel_id":"41771983423143937","guild_id":"41771983423143936"}}}""",
            new ChannelRequest(Channel, Guild, null)),
        ("""{"op":6,"d":{"type":0,"data":{"channel_id":"41771983423143937"}}}""",
            new ChannelRequest(Channel, null, null)),
        ("""{"op":6,"d":{"type":2,"data":{"channel_id":"41771983423143937","guild_id":"41771983423143936","bitrate":96000}}}""",
            new ChannelUpdate(Channel, Guild, 96_000)),
        ("""{"op":6,"d":{"type":3,"data":{"channel_id":"41771983423143937","guild_id":"41771983423143936"}}}""",
            new ChannelDestroy(Channel, Guild)),
        ("""{"op":6,"d":{"type":4,"data":{"user_id":"73193882359173120","channel_id":"41771983423143937","guild_id":"41771983423143936"}}}""",
            new VoiceStateCreate(User, Channel, Guild, null, default)),
        ("""{"op":6,"d":{"type":4,"data":{"user_id":"73193882359173120","channel_id":"41771983423143937","session_id":"b.1","mute":true}}}""",
            new VoiceStateCreate(User, Channel, null, "b.1", Mute)),
        ("""{"op":6,"d":{"type":5,"data":{"session_id":"b.1","mute":true}}}""",
            new VoiceStateUpdate(VoiceStateSelector.BySession("b.1"), Mute)),
        ("""{"op":6,"d":{"type":6,"data":{"user_id":"73193882359173120","guild_id":"41771983423143936"}}}""",
            new VoiceStateDestroy(VoiceStateSelector.ByGuild(User, Guild))),
        ("""{"op":6,"d":{"type":0,"info":{"id":"41771983423143937","bitrate":64000}}}""",
            new ChannelRequest(Channel, null, 64_000) { Form = LvspForm.Document }),
        ("""{"op":6,"d":{"type":0,"info":{"id":"41771983423143937","deleted":true}}}""",
            new ChannelDestroy(Channel, null) { Form = LvspForm.Document }),
        ("""{"op":6,"d":{"type":1,"info":{"user_id":"73193882359173120","channel_id":"41771983423143937","session_id":"b.1","mute":true}}}""",
            new VoiceStateCreate(User, Channel, null, "b.1", Mute) { Form = LvspForm.Document, IsUpsert = true }),
        ("""{"op":6,"d":{"type":1,"info":{"session_id":"b.1","mute":true}}}""",
            new VoiceStateUpdate(VoiceStateSelector.BySession("b.1"), Mute) { Form = LvspForm.Document }),
        ("""{"op":6,"d":{"type":1,"info":{"channel_id":null,"user_id":"73193882359173120","session_id":"b.1"}}}""",
            new VoiceStateDestroy(new VoiceStateSelector("b.1", User, null, null)) { Form = LvspForm.Document }),
        ("""{"op":6,"d":{"type":1,"info":{"channel_id":null,"last_channel_id":"41771983423143937","user_id":"73193882359173120"}}}""",
            new VoiceStateDestroy(VoiceStateSelector.ByChannel(User, Channel, null)) { Form = LvspForm.Document }),
        ("""{"op":7,"d":{"user_id":"73193882359173120","channel_id":"41771983423143937"}}""",
            new VoiceStateCreate(User, Channel, null, null, default) { Form = LvspForm.Document }),
    ];

    /// <summary>What the server says, and how; all with number 1.</summary>
    public static readonly (string Json, LvspForm Form, LvspNotice Notice)[] Notices =
    [
        ("""{"op":6,"s":1,"d":{"type":1,"data":{"channel_id":"41771983423143937","guild_id":"41771983423143936","token":"9x","endpoint":"v1.example:443"}}}""",
            LvspForm.Litecord, new ChannelAssigned(Channel, Guild, 0, "9x", "v1.example:443")),
        ("""{"op":6,"s":1,"d":{"type":1,"data":{"channel_id":"41771983423143937","guild_id":null,"token":"9x","endpoint":"v1.example"}}}""",
            LvspForm.Litecord, new ChannelAssigned(Channel, null, 0, "9x", "v1.example")),
        ("""{"op":6,"s":1,"d":{"type":2,"data":{"channel_id":"41771983423143937","guild_id":null,"reason":"no capacity"}}}""",
            LvspForm.Litecord, new ChannelDestroyed(Channel, null, LvspReason.NoCapacity)),
        ("""{"op":6,"s":1,"d":{"type":4,"data":{"user_id":"73193882359173120","channel_id":"41771983423143937","guild_id":"41771983423143936","session_id":"Qh","token":"Zr","endpoint":"v1.example:443"}}}""",
            LvspForm.Litecord, new VoiceStateDone(User, Channel, Guild, "Qh", default, "Zr", "v1.example:443")),
        ("""{"op":6,"s":1,"d":{"type":5,"data":{"user_id":"73193882359173120","channel_id":"41771983423143937","guild_id":null,"session_id":"Qh","reason":"unclaimed"}}}""",
            LvspForm.Litecord, new VoiceStateDestroyed(User, Channel, null, "Qh", LvspReason.Unclaimed, default)),
        ("""{"op":6,"s":1,"d":{"type":0,"info":{"id":"41771983423143937","bitrate":64000,"token":"9x","endpoint":"v1.example:443"}}}""",
            LvspForm.Document, new ChannelAssigned(Channel, null, 64_000, "9x", "v1.example:443")),
        ("""{"op":6,"s":1,"d":{"type":0,"info":{"id":"41771983423143937","guild_id":"41771983423143936","bitrate":512000}}}""",
            LvspForm.Document, new ChannelBitrateInForce(Channel, Guild, 512_000)),
        ("""{"op":6,"s":1,"d":{"type":0,"info":{"id":"41771983423143937","deleted":true,"reason":"expired"}}}""",
            LvspForm.Document, new ChannelDestroyed(Channel, null, LvspReason.Expired)),
        ("""{"op":6,"s":1,"d":{"type":1,"info":{"user_id":"73193882359173120","channel_id":"41771983423143937","session_id":"Qh","deaf":false,"mute":true,"self_deaf":false,"self_mute":false,"suppress":false,"token":"Zr","endpoint":"v1.example:443"}}}""",
            LvspForm.Document, new VoiceStateDone(User, Channel, null, "Qh", Muted, "Zr", "v1.example:443")),
        ("""{"op":6,"s":1,"d":{"type":1,"info":{"user_id":"73193882359173120","channel_id":null,"last_channel_id":"41771983423143937","guild_id":"41771983423143936","session_id":"Qh","deaf":false,"mute":true,"self_deaf":false,"self_mute":false,"suppress":false,"reason":"disconnected"}}}""",
            LvspForm.Document, new VoiceStateDestroyed(User, Channel, Guild, "Qh", LvspReason.Disconnected, Muted)),
    ];

    /// <summary>What else a backend sends.</summary>
    public static readonly string[] Control =
    [
        $$$"""{"op":1,"d":{"token":"{{{LvspRig.Token}}}"}}""",
        $$$"""{"op":2,"d":{"token":"{{{LvspRig.Token}}}","seq":15}}""",
        $$$"""{"op":2,"d":{"token":"{{{LvspRig.Token}}}","seq":15,"session_id":"b41f"}}""",
        """{"op":4,"d":{"s":17}}""",
    ];

    public static IEnumerable<string> FromBackend => [.. Requests.Select(golden => golden.Json), .. Control];
}
