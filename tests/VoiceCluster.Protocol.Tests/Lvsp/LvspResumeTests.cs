using System.Collections.Immutable;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspResumeTests
{
    private const string SecondNonce = "0123456789";

    private static readonly string TokenHash = LvspToken.Hash(Convert.FromHexString(LvspRig.Token));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public void Resume_replays_exactly_the_rest_then_ready_then_new_traffic(int seen)
    {
        var first = LvspRig.Live();
        for (var i = 0; i < 3; i++)
        {
            first.Notify(LvspConnectionTests.Assigned).ShouldBeTrue();
        }

        var sent = first.DrainTexts();
        first.Connection.HandlePeerClosed();

        // Two more while the session has no socket.
        first.Notify(LvspConnectionTests.Assigned).ShouldBeFalse();
        first.Notify(LvspConnectionTests.Assigned).ShouldBeFalse();

        var second = new LvspRig(nonce: SecondNonce, outbox: first.Outbox);
        second.Drain();
        second.Text(LvspClientMessages.Resume(LvspRig.Token, seen, null));
        var request = second.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.ResumeRequested>().Request;
        request.Names("main", LvspRig.SessionId, TokenHash).ShouldBeTrue();
        second.Outbox.TryReplay(request.SequenceNumber, second.WallNow, out var messages).ShouldBeTrue();
        second.Connection.AcceptResume(Resumption(messages, 5), new LvspHealth(0.5), second.Now).ShouldBeTrue();
        second.Notify(LvspConnectionTests.Assigned).ShouldBeTrue();

        var texts = second.DrainTexts();
        texts.Count.ShouldBe(5 - seen + 2);
        texts.Take(Math.Max(0, 3 - seen)).ShouldBe(sent.Skip(seen));
        texts[^2].ShouldBe($$$"""{"op":3,"d":{"health":0.5,"session_id":"{{{LvspRig.SessionId}}}","resumed":true}}""");
        texts[^1].ShouldStartWith("""{"op":6,"s":6,""");
    }

    [Fact]
    public void Resume_by_the_old_token_is_found_by_its_hash_in_any_spelling()
    {
        var request = RequestOf("""{"op":2,"d":{"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32_aM","seq":15}}""");
        request.ShouldBe(new LvspResumeRequest(TokenHash, null, null, 15));
        request.Names("main", LvspRig.SessionId, TokenHash).ShouldBeTrue();
        request.Names("main", LvspRig.SessionId, TokenHash.Replace('a', 'b')).ShouldBeFalse();
    }

    [Fact]
    public void Resume_by_a_new_token_names_the_session_in_its_realm()
    {
        var token = LvspToken.Compute(LvspRig.Secret, SecondNonce);
        var request = RequestOf($$$"""{"op":2,"d":{"token":"{{{token}}}","seq":15,"session_id":"abc"}}""");
        request.VerifiedRealm.ShouldBe("main");
        request.Names("main", "abc", "anything").ShouldBeTrue();
        request.Names("other", "abc", "anything").ShouldBeFalse();
        request.Names("main", "abd", "anything").ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","session_id":null""")]
    [InlineData(""","session_id":"" """)]
    [InlineData(""","session_id":7""")]
    public void Resume_by_a_new_token_without_a_session_is_found_by_hash_and_so_never(string sessionField)
    {
        var token = LvspToken.Compute(LvspRig.Secret, SecondNonce);
        var request = RequestOf($$$"""{"op":2,"d":{"token":"{{{token}}}","seq":0{{{sessionField}}}}}""");
        request.VerifiedRealm.ShouldBeNull();
        request.Names("main", LvspRig.SessionId, TokenHash).ShouldBeFalse();
    }

    [Fact]
    public void Resume_with_a_session_name_and_a_token_of_another_connection_is_found_by_hash_only()
    {
        var request = RequestOf($$$"""{"op":2,"d":{"token":"{{{LvspRig.Token}}}","seq":0,"session_id":"abc"}}""");
        request.VerifiedRealm.ShouldBeNull();
        request.SessionId.ShouldBeNull();
    }

    [Theory]
    [InlineData("\"seq\":-1")]
    [InlineData("\"seq\":1.0")]
    [InlineData("\"seq\":\"1\"")]
    [InlineData("\"seq\":null")]
    [InlineData("\"seq\":true")]
    [InlineData("\"seq\":99999999999999999999")]
    [InlineData("\"x\":1")]
    public void Resume_without_a_sensible_number_cannot_be_replayed(string seq)
    {
        var request = RequestOf($$$"""{"op":2,"d":{"token":"{{{LvspRig.Token}}}",{{{seq}}}}}""");
        request.SequenceNumber.ShouldBeNull();
        new LvspOutbox().TryReplay(request.SequenceNumber, default, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"op":2}""")]
    [InlineData("""{"op":2,"d":{"seq":0}}""")]
    [InlineData("""{"op":2,"d":{"seq":0,"session_id":"abc"}}""")]
    [InlineData("""{"op":2,"d":{"token":"abc","seq":0}}""")]
    [InlineData("""{"op":2,"d":{"token":{},"seq":0}}""")]
    public void Resume_without_a_token_closes_with_4001(string json)
    {
        var rig = new LvspRig();
        rig.Text(json);
        rig.ShouldCloseWith(4001);
    }

    [Fact]
    public void Resume_that_the_owner_refuses_closes_with_its_code()
    {
        var unknown = new LvspRig();
        unknown.Text(LvspClientMessages.Resume(LvspRig.Token, 0, null));
        unknown.Connection.RejectResume(LvspCloseCode.AuthenticationFailed, LvspCloseReason.UnknownSession);
        unknown.ShouldCloseWith(4001, "unknown session");

        var old = new LvspRig();
        old.Text(LvspClientMessages.Resume(LvspRig.Token, 0, null));
        old.Connection.RejectResume(LvspCloseCode.GeneralError, LvspCloseReason.CannotReplay);
        old.ShouldCloseWith(4000, "cannot replay");
    }

    [Fact]
    public void Resume_cannot_be_accepted_as_an_identify()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Resume(LvspRig.Token, 0, null));
        Should.Throw<InvalidOperationException>(() => rig.Connection.AcceptIdentify(LvspRig.SessionId, LvspHealth.Best, rig.Now));
    }

    [Fact]
    public void A_socket_whose_session_went_elsewhere_is_closed()
    {
        var rig = LvspRig.Live();
        rig.Connection.CloseResumedElsewhere();
        rig.ShouldCloseWith(4000, "resumed elsewhere");
    }

    [Fact]
    public void A_full_replay_does_not_make_the_client_too_slow()
    {
        var outbox = new LvspOutbox();
        for (var i = 0; i < 1024; i++)
        {
            outbox.Append(new byte[2000], default);
        }

        var rig = new LvspRig(outbox: outbox);
        rig.Text(LvspClientMessages.Resume(LvspRig.Token, 0, null));
        outbox.TryReplay(0, default, out var messages).ShouldBeTrue();
        rig.Connection.AcceptResume(Resumption(messages, 1024), LvspHealth.Best, rig.Now).ShouldBeTrue();
        rig.Connection.Send(outbox.Append("{}"u8, default)).ShouldBe(LvspSendResult.Sent);
        rig.Connection.State.ShouldBe(LvspConnectionState.Live);
    }

    [Fact]
    public void A_resumed_connection_goes_on_with_number_and_form()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Resume(LvspRig.Token, 9, null));
        rig.Connection.AcceptResume(Resumption([], 9) with { Form = LvspForm.Document }, LvspHealth.Best, rig.Now).ShouldBeTrue();
        rig.Drain();
        rig.Connection.FormOfUnaskedNotices.ShouldBe(LvspForm.Document);
        rig.Text("""{"op":4,"d":{"s":4}}""");
        rig.DrainTexts().ShouldBe(["""{"op":5,"d":{"s":4,"seq":9,"health":1}}"""]);
        rig.Connection.Send(new LvspNumberedFrame(10, "{}"u8.ToArray())).ShouldBe(LvspSendResult.Sent);
    }

    [Fact]
    public void Frames_between_resume_and_ready_are_held_to_the_small_limit()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Resume(LvspRig.Token, 0, null));
        rig.Connection.MaxFrameBytes.ShouldBe(4096);
        rig.Text("""{"op":4}""" + new string(' ', 4000));
        rig.DrainClose().ShouldBeNull();
        rig.Text("""{"op":4}""" + new string(' ', 4000));
        rig.ShouldCloseWith(4000, "too many messages before ready");
    }

    [Fact]
    public void What_a_resume_proves_itself_with_is_not_printed()
    {
        var request = RequestOf($$$"""{"op":2,"d":{"token":"{{{LvspToken.Compute(LvspRig.Secret, SecondNonce)}}}","seq":15,"session_id":"abc"}}""");
        var printed = new LvspOutput.ResumeRequested(request).ToString();
        printed.ShouldNotContain("abc");
        printed.ShouldNotContain(request.TokenHash);
    }

    private static LvspResumption Resumption(ImmutableArray<ReadOnlyMemory<byte>> messages, long highest) =>
        new(LvspRig.SessionId, messages, highest, null);

    private static LvspResumeRequest RequestOf(string json)
    {
        var rig = new LvspRig(nonce: SecondNonce);
        rig.Drain();
        rig.Text(json);
        return rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.ResumeRequested>().Request;
    }
}
