using System.Text;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp.Client;

public sealed class LvspClientTests
{
    [Fact]
    public void Hello_ready_and_ack_are_read_as_written()
    {
        Read(LvspServerFrames.Hello(30_000, LvspRig.Nonce)).ShouldBe(new LvspServerMessage.Hello(30_000, LvspRig.Nonce));
        Read(LvspServerFrames.Ready(new LvspHealth(0.5), "abc", resumed: true)).ShouldBe(new LvspServerMessage.Ready(0.5, "abc", true));
        Read(LvspServerFrames.HeartbeatAck(17, 19, LvspHealth.Best)).ShouldBe(new LvspServerMessage.HeartbeatAck(17, 19, 1));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"op":0}""")]
    [InlineData("""{"op":0,"d":{"nonce":"x"}}""")]
    [InlineData("""{"op":0,"d":{"heartbeat_interval":"x","nonce":"x"}}""")]
    [InlineData("""{"op":3,"d":{}}""")]
    [InlineData("""{"op":3,"d":{"health":"1"}}""")]
    [InlineData("""{"op":5,"d":{"s":1}}""")]
    [InlineData("""{"op":6,"d":{}}""")]
    [InlineData("""{"op":1,"d":{}}""")]
    [InlineData("""{"op":4294967296,"d":{"heartbeat_interval":1,"nonce":"x"}}""")]
    public void What_a_server_may_not_send_is_refused(string json) =>
        LvspServerMessageReader.TryRead(Encoding.UTF8.GetBytes(json), out _).ShouldBeFalse();

    [Theory]
    [InlineData("""{"op":6,"s":7,"d":{"type":9,"data":{"channel_id":"30"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":4294967297,"data":{"channel_id":"30","token":"x"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":1,"data":{"channel_id":"30"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":1,"data":{}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":4,"data":{"channel_id":"30"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":0,"info":{"id":"30"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":1,"info":{"user_id":"40"}}}""")]
    [InlineData("""{"op":6,"s":7,"d":{"type":"x","info":7}}""")]
    public void A_notice_this_reader_does_not_know_still_counts_its_number(string json)
    {
        var info = Read(Encoding.UTF8.GetBytes(json)).ShouldBeOfType<LvspServerMessage.Info>();
        info.SequenceNumber.ShouldBe(7);
        info.Notice.ShouldBeNull();
    }

    [Fact]
    public void A_request_that_its_form_cannot_say_is_refused()
    {
        Should.Throw<ArgumentException>(
            () => LvspClientMessages.Request(new ChannelUpdate(new Snowflake(1), null, 64_000) { Form = LvspForm.Document }));
        Should.Throw<ArgumentException>(
            () => LvspClientMessages.Request(new VoiceStateCreate(new Snowflake(1), new Snowflake(2), null, "x", default) { Form = LvspForm.Document }));
    }

    [Theory]
    [InlineData(LvspNumbering.LitecordCode)]
    [InlineData(LvspNumbering.LatestDocument)]
    public void A_leave_that_names_the_session_only_is_a_leave_in_both_numberings(LvspNumbering numbering)
    {
        var leave = new VoiceStateDestroy(VoiceStateSelector.BySession("Qh"));
        Encoding.UTF8.GetString(LvspClientMessages.Request(leave, numbering))
            .ShouldBe("""{"op":6,"d":{"type":5,"data":{"session_id":"Qh"}}}""");
    }

    [Fact]
    public void An_update_in_document_form_names_no_channel_where_that_would_move_the_user()
    {
        var update = new VoiceStateUpdate(
            new VoiceStateSelector("Qh", new Snowflake(40), new Snowflake(30), null),
            new VoiceFlagsPatch(null, true, null, null, null))
        { Form = LvspForm.Document };
        Encoding.UTF8.GetString(LvspClientMessages.Request(update))
            .ShouldBe("""{"op":6,"d":{"type":1,"info":{"user_id":"40","session_id":"Qh","mute":true}}}""");
    }

    [Fact]
    public void A_backend_and_a_server_understand_each_other()
    {
        var rig = new LvspRig(nonce: LvspNonce.Create());
        var hello = Read(Texts(rig).Single()).ShouldBeOfType<LvspServerMessage.Hello>();
        rig.Text(LvspClientMessages.Identify(LvspToken.Compute(LvspRig.Secret, hello.Nonce)));
        rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.Authenticated>();
        rig.Connection.AcceptIdentify(LvspSessionId.Create(), LvspHealth.Best, rig.Now);
        var ready = Read(Texts(rig).Single()).ShouldBeOfType<LvspServerMessage.Ready>();
        ready.SessionId.Length.ShouldBe(LvspSessionId.Length);
        ready.Resumed.ShouldBeFalse();

        rig.Text(LvspClientMessages.Request(new ChannelRequest(new Snowflake(30), new Snowflake(20), null)));
        rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.RequestReceived>();
        rig.Notify(LvspConnectionTests.Assigned).ShouldBeTrue();
        Read(Texts(rig).Single()).ShouldBe(
            new LvspServerMessage.Info(1, LvspForm.Litecord, LvspConnectionTests.Assigned with { Bitrate = 0 }));

        rig.Text(LvspClientMessages.Heartbeat(1));
        Read(Texts(rig).Single()).ShouldBe(new LvspServerMessage.HeartbeatAck(1, 1, 1));
    }

    private static IEnumerable<byte[]> Texts(LvspRig rig) => rig.DrainTexts().Select(Encoding.UTF8.GetBytes);

    private static LvspServerMessage Read(byte[] frame)
    {
        LvspServerMessageReader.TryRead(frame, out var message).ShouldBeTrue();
        return message;
    }
}
