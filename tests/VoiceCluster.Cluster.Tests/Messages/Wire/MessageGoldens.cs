namespace VoiceCluster.Cluster.Tests.Messages.Wire;

/// <summary>The samples as they are written: the name, a space in place of its length, and the JSON.</summary>
internal static class MessageGoldens
{
    public static IEnumerable<string> Lines => Text.Split('\n');

    private const string Text = """
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"ensure":{"bitrate_bps":64000,"origin":"lvsp-1","fresh_token_salt":"salt","candidate":"node-1","asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"ensure":{"bitrate_bps":null,"origin":null,"fresh_token_salt":"salt","candidate":null,"asked_at":null}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"update":{"bitrate_bps":96000,"asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"destroy":{"asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"project_member":{"user_id":"1234567890123456789","revision":1767323045000000,"flags":{"deaf":true,"mute":false,"self_deaf":true,"self_mute":false,"suppress":true},"node":"node-1"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"remove_member":{"user_id":"1234567890123456789","revision":1767323045000001}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"attach_session":{"session":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","user_id":"1234567890123456789","gateway":{"node":"node-1","name":"voice-5"},"worker":{"node":{"node":"node-1","incarnation":77},"index":3},"media_session":"fedcba9876543210","ssrc":65536,"in_call":true,"speaking":5,"video":{"audio_ssrc":65536,"video_ssrc":65537,"rtx_ssrc":65538,"streams":[{"type":"video","rid":"100","quality":100,"ssrc":65537,"rtx_ssrc":65538,"active":true,"max_bitrate":2500000,"max_framerate":30,"max_resolution":{"type":"fixed","width":1280,"height":720}}]},"codecs":[{"name":"opus","type":"audio","priority":1000,"payload_type":120,"rtx_payload_type":null,"encode":true,"decode":true},{"name":"H264","type":"video","priority":1000,"payload_type":101,"rtx_payload_type":102,"encode":true,"decode":false}]}}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"enter_call":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","codecs":[{"name":"opus","type":"audio","priority":1000,"payload_type":120,"rtx_payload_type":null,"encode":true,"decode":true},{"name":"H264","type":"video","priority":1000,"payload_type":101,"rtx_payload_type":102,"encode":true,"decode":false}]}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"set_codecs":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","codecs":[]}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"set_speaking":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","speaking":2}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"announce_source":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"set_video":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","video":{"audio_ssrc":65536,"video_ssrc":0,"rtx_ssrc":0,"streams":[]}}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"confirm_session":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"}}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"detach_session":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        channel-request {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"command":{"expire":{}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"join":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"session_id":"session","flags":{"deaf":null,"mute":true,"self_deaf":false,"self_mute":null,"suppress":null},"origin":"lvsp-1","fresh":{"session_id":"fresh","token_salt":"salt"},"node":"node-1","asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"join":{"channel":{"realm":"default","guild_id":null,"channel_id":"31"},"session_id":null,"flags":{"deaf":null,"mute":null,"self_deaf":null,"self_mute":null,"suppress":null},"origin":null,"fresh":{"session_id":"fresh","token_salt":"salt"},"node":null,"asked_at":null}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"update_flags":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"flags":{"deaf":null,"mute":true,"self_deaf":false,"self_mute":null,"suppress":null},"session_id":"session","asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"leave":{"channel":null,"session_id":null,"asked_at":"2026-01-02T03:04:05.25+00:00"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"lose_channel":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"}}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"relocate":{"token_salt":"salt","node":"node-1","keep_until":"2026-01-02T03:04:05+00:00","from":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"relocate":{"token_salt":"salt","node":null,"keep_until":null,"from":null}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"remain":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"lose_node":{"node":"node-1","claim_id":"00112233-4455-6677-8899-aabbccddeeff","token_salt":"salt","next":"node-2"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"claim":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"session_id":"session","accept_any_first_session_id":true,"process":77}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"claim_ready":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"detach":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"reattach":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"release":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}}}
        state-request {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"expire":{}}}
        channel-get {"channel":{"realm":"default","guild_id":null,"channel_id":"31"}}
        channel-list-participants {"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}
        channel-reply {"definition":{"bitrate_bps":64000,"token_salt":"salt","origin":"lvsp-1"},"token":"token","created":true,"refusal":null,"limit_reached":false,"others":[{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","user_id":"1234567890123456789","gateway":{"node":"node-1","name":"voice-5"},"worker":{"node":{"node":"node-1","incarnation":77},"index":0},"media_session":"0000000000000001","ssrc":16,"in_call":false,"speaking":0,"video":null,"codecs":[]}],"video_codec":"H264","serving":["node-1"]}
        channel-reply {"definition":null,"token":null,"created":false,"refusal":"not_member","limit_reached":true,"others":[],"video_codec":"VP8","serving":[]}
        state-claim {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"command":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"session_id":"session","accept_any_first_session_id":false,"process":0},"token":"token","channel_token":{"realm":"default","guild_id":"20","channel_id":"30"}}
        state-get {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"}}
        state-reply {"membership":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"session_id":"session","token_salt":"salt","flags":{"deaf":true,"mute":false,"self_deaf":true,"self_mute":false,"suppress":true},"flag_times":{"deaf":null,"mute":"2026-01-02T03:04:05.25+00:00","self_deaf":null,"self_mute":null,"suppress":null},"origin":"lvsp-1","asked_at":"2026-01-02T03:04:05.25+00:00","node":"node-1","claim":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"process":77},"ever_claimed":true,"expires_at":"2026-01-02T03:04:05.678+00:00"},"token":"token","changed":true,"refusal":null}
        state-reply {"membership":null,"token":null,"changed":false,"refusal":"wrong_token"}
        state-merge {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"unstored":{"key":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"revision":1767323045000002,"membership":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"session_id":"session","token_salt":"salt","flags":{"deaf":true,"mute":false,"self_deaf":true,"self_mute":false,"suppress":true},"flag_times":{"deaf":null,"mute":"2026-01-02T03:04:05.25+00:00","self_deaf":null,"self_mute":null,"suppress":null},"origin":"lvsp-1","asked_at":"2026-01-02T03:04:05.25+00:00","node":"node-1","claim":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"process":77},"ever_claimed":true,"expires_at":"2026-01-02T03:04:05.678+00:00"},"leaving":{"claim":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"process":0},"until_ready":true,"closes_at":"2026-01-02T03:04:06+00:00"}}}
        session-report {"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}
        claim-report {"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"claim_id":"00112233-4455-6677-8899-aabbccddeeff","gateway":{"node":"node-1","name":"voice-5"},"is_attached":true}
        claims-confirm {"claims":[{"state":{"realm":"default","scope_id":"20","user_id":"1234567890123456789"},"claim_id":"00112233-4455-6677-8899-aabbccddeeff"}]}
        participant-entered {"session":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","user_id":"1234567890123456789","gateway":{"node":"node-1","name":"voice-5"},"worker":{"node":{"node":"node-1","incarnation":77},"index":0},"media_session":"0000000000000001","ssrc":16,"in_call":false,"speaking":0,"video":null,"codecs":[]}}
        participant-left {"user_id":"1234567890123456789"}
        participant-speaking {"user_id":"1234567890123456789","ssrc":65536,"speaking":1}
        participant-video {"session":{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","user_id":"1234567890123456789","gateway":{"node":"node-1","name":"voice-5"},"worker":{"node":{"node":"node-1","incarnation":77},"index":0},"media_session":"0000000000000001","ssrc":16,"in_call":false,"speaking":0,"video":null,"codecs":[]}}
        participants-summary {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","others":{"count":2,"digest":18446744073709551615}}
        participants-listed {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","others":[{"claim_id":"00112233-4455-6677-8899-aabbccddeeff","user_id":"1234567890123456789","gateway":{"node":"node-1","name":"voice-5"},"worker":{"node":{"node":"node-1","incarnation":77},"index":0},"media_session":"0000000000000001","ssrc":16,"in_call":false,"speaking":0,"video":null,"codecs":[]}]}
        video-codec-chosen {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","codec":"VP8"}
        end-claim {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","reason":"call_terminated"}
        announce-session {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","channel":{"realm":"default","guild_id":"20","channel_id":"30"}}
        source-started {"ssrc":65536}
        source-heard {"ssrc":65536,"is_heard":true}
        key-exhausted {}
        outbox-advanced {"session_id":"lvsp-1","sequence":42}
        resumed-elsewhere {"session_id":"lvsp-1","generation":3}
        settle-session {"session_id":"lvsp-1","generation":3}
        session-settled {"is_stored":true}
        begin-drain {"deadline":"00:01:00","until_over":true}
        cancel-drain {}
        get-drain {}
        drain-report {"is_draining":true,"users":5,"shards":4,"moved":3,"left":"00:00:02"}
        publish-plan {"plan":{"channel":{"realm":"default","guild_id":"20","channel_id":"30"},"epoch":9,"version":1767323045000000,"worker":{"node":{"node":"node-1","incarnation":77},"index":3},"bitrate_bps":64000,"sessions":[{"session":"00000000000000ff","sends":true,"receives":false}],"relays":[{"worker":{"node":{"node":"node-2","incarnation":78},"index":1},"listens":true,"sources":[{"first":65536,"sends":true}]}]}}
        bind-media-session {"session":"00000000000000ff","gateway":{"node":"node-1","name":"voice-5"}}
        unbind-media-session {"session":"00000000000000ff"}
        open-splice {"name":"splice-1","from":"node-1","process":77,"version":8,"peer":"2001:db8::1"}
        open-splice {"name":"splice-1","from":"node-1","process":77,"version":4,"peer":null}
        splice-opened {"is_open":true}
        splice-frame {"number":3,"is_text":true,"payload":"eyJvcCI6NX0="}
        splice-frame {"number":4,"is_text":false,"payload":"HAD/"}
        splice-taken {"count":4}
        splice-ended {"code":4006,"reason":"Unknown session"}
        splice-ended {"code":null,"reason":null}
        """;
}
