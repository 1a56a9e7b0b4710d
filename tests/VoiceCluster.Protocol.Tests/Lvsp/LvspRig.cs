using System.Text;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>One connection with its session, driven by hand with made time.</summary>
internal sealed class LvspRig
{
    public const string Secret = "s3cret";
    public const string Nonce = "k3Zt9QwLb1";
    public const string Token = "506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3";
    public const string SessionId = "0123456789abcdef0123456789abcdef";

    public static readonly LvspConnectionOptions Options = new() { Secrets = new LvspSecrets(new LvspSecret("main", Secret)) };

    private static readonly DateTimeOffset WallStart = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public LvspRig(LvspConnectionOptions? options = null, string nonce = Nonce, LvspOutbox? outbox = null)
    {
        Connection = new LvspConnection(options ?? Options, nonce, Now);
        Outbox = outbox ?? new LvspOutbox();
    }

    public LvspConnection Connection { get; }

    public LvspOutbox Outbox { get; }

    /// <summary>Begins away from zero, so that a forgotten start shows.</summary>
    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(7);

    public DateTimeOffset WallNow => WallStart + Now;

    /// <summary>A connection with READY sent and all outputs taken.</summary>
    public static LvspRig Live(LvspConnectionOptions? options = null)
    {
        var rig = new LvspRig(options);
        rig.Text(LvspClientMessages.Identify(LvspToken.Compute(Secret, Nonce)));
        rig.Connection.AcceptIdentify(SessionId, new LvspHealth(0.97), rig.Now).ShouldBeTrue();
        rig.Drain();
        return rig;
    }

    public void Text(string json) => Text(Encoding.UTF8.GetBytes(json));

    public void Text(ReadOnlySpan<byte> utf8) => Connection.HandleText(utf8, Now);

    public List<LvspOutput> Drain()
    {
        var outputs = new List<LvspOutput>();
        while (Connection.TryPoll(out var output))
        {
            outputs.Add(output);
            if (output is LvspOutput.SendText)
            {
                Connection.HandleSent();
            }
        }

        return outputs;
    }

    public List<string> DrainTexts() => [.. Drain().OfType<LvspOutput.SendText>().Select(text => Utf8(text.Frame))];

    public LvspOutput.Close? DrainClose()
    {
        var outputs = Drain();
        outputs.SkipLast(1).ShouldAllBe(output => !(output is LvspOutput.Close));
        return outputs.LastOrDefault() as LvspOutput.Close;
    }

    public void ShouldCloseWith(int code, string? reason = null)
    {
        var close = DrainClose().ShouldNotBeNull();
        ((int)close.Code).ShouldBe(code);
        if (reason is not null)
        {
            close.Reason.ShouldBe(reason);
        }

        Connection.State.ShouldBe(LvspConnectionState.Closed);
        Connection.NextTimeout.ShouldBeNull();
    }

    /// <summary>The one request a live connection makes of a frame.</summary>
    public LvspRequest Request(string json)
    {
        Text(json);
        return Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.RequestReceived>().Request;
    }

    public LvspFrame.Skipped Skipped(string json)
    {
        Text(json);
        return Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.MessageSkipped>().Message;
    }

    public bool Notify(LvspNotice notice, LvspForm? form = null) =>
        Outbox.TryAppend(notice, form ?? Connection.FormOfUnaskedNotices, Connection.LitecordCompatibility, WallNow, out var numbered)
        && Connection.Send(numbered) == LvspSendResult.Sent;

    /// <summary>Lets time pass, stopping at every deadline on the way as a shell does.</summary>
    public void Advance(TimeSpan by)
    {
        var end = Now + by;
        while (Connection.NextTimeout is { } due && due <= end)
        {
            Now = due > Now ? due : Now;
            Connection.HandleTimeout(Now);
            (Connection.NextTimeout is { } next && next <= due).ShouldBeFalse("a timeout that is handled moves on");
        }

        Now = end;
    }

    /// <summary>Lets time pass with a peer that answers pings and sends nothing.</summary>
    public void AdvanceWithPongs(TimeSpan by)
    {
        var step = TimeSpan.FromSeconds(20);
        for (var left = by; left > TimeSpan.Zero && Connection.State != LvspConnectionState.Closed; left -= step)
        {
            Advance(left < step ? left : step);
            Connection.HandlePong(Now);
        }
    }

    public static string Utf8(ReadOnlyMemory<byte> frame) => Encoding.UTF8.GetString(frame.Span);
}
