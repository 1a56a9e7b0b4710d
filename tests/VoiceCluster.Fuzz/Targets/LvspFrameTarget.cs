using System.Text;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>One LVSP frame, read as a server reads it and as a backend reads it.</summary>
internal sealed class LvspFrameTarget : IFuzzTarget
{
    public string Name => "lvsp-frame";

    public IEnumerable<byte[]> Corpus =>
    [
        .. LvspCorpus.FromBackend,
        .. LvspCorpus.FromServer,
        Encoding.UTF8.GetBytes("""{"op":6,"d":{"type":2,"data":{"channel_id":30,"channel_properties":{"bitrate":64}},"info":null},"x":"\ud800\udc00\ud800"}"""),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        var read = LvspFrameReader.TryRead(input, out var frame, out var error);
        Check(read == (error == LvspDecodeError.None) && read == (frame is not null));
        if (frame is LvspFrame.Request { Asked: var asked })
        {
            CheckWritable(asked);
        }

        if (LvspServerMessageReader.TryRead(input, out var message) && message is LvspServerMessage.Info { Notice: { } notice } info)
        {
            Check(LvspNoticeWriter.TryWriteBody(notice, info.Form, litecordCompatibility: false, out _));
        }
    }

    /// <summary>What was understood can be said again, and means the same.</summary>
    private static void CheckWritable(LvspRequest asked)
    {
        if (asked is VoiceStateCreate { Form: LvspForm.Document, IsUpsert: false } join && (join.SessionId is not null || !join.Flags.IsEmpty))
        {
            return; // VST_REQUEST with fields that a backend of ours does not send.
        }

        Check(LvspFrameReader.TryRead(LvspClientMessages.Request(asked), out var again, out _));
        Check(again is LvspFrame.Request { Asked: var same } && same == asked);
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The reader contradicts itself or the writer.");
        }
    }
}

/// <summary>Well-formed frames of both sides.</summary>
internal static class LvspCorpus
{
    public const string Secret = "fuzz";
    public const string Nonce = "k3Zt9QwLb1";

    private const ulong First = 41771983423143936;

    public static IEnumerable<byte[]> FromBackend { get; } =
    [
        LvspClientMessages.Identify(LvspToken.Compute(Secret, Nonce)),
        LvspClientMessages.Resume(LvspToken.Compute(Secret, Nonce), 15, "b41f"),
        LvspClientMessages.Heartbeat(17),
        .. Requests().SelectMany(request => Enum.GetValues<LvspNumbering>().Select(numbering => LvspClientMessages.Request(request, numbering))),
    ];

    public static IEnumerable<byte[]> FromServer { get; } =
    [
        LvspServerFrames.Hello(30_000, Nonce),
        LvspServerFrames.Ready(LvspHealth.Best, "b41f", resumed: true),
        LvspServerFrames.HeartbeatAck(17, 19, LvspHealth.Worst),
        .. Notices().SelectMany(notice => Enum.GetValues<LvspForm>().Select(form => Info(notice, form))).OfType<byte[]>(),
    ];

    private static IEnumerable<LvspRequest> Requests()
    {
        var (guild, channel, user) = (new Snowflake(First), new Snowflake(First + 1), new Snowflake(First + 2));
        var mute = new VoiceFlagsPatch(true, false, true, false, true);
        yield return new ChannelRequest(channel, guild, 96_000);
        yield return new ChannelRequest(channel, null, 96_000) { Form = LvspForm.Document };
        yield return new ChannelUpdate(channel, guild, 96_000);
        yield return new ChannelDestroy(channel, null);
        yield return new ChannelDestroy(channel, guild) { Form = LvspForm.Document };
        yield return new VoiceStateCreate(user, channel, guild, "Qh", mute);
        yield return new VoiceStateCreate(user, channel, guild, "Qh", mute) { Form = LvspForm.Document, IsUpsert = true };
        yield return new VoiceStateCreate(user, channel, null, null, default) { Form = LvspForm.Document };
        yield return new VoiceStateUpdate(VoiceStateSelector.ByGuild(user, guild), mute);
        yield return new VoiceStateUpdate(VoiceStateSelector.BySession("Qh"), mute) { Form = LvspForm.Document };
        yield return new VoiceStateDestroy(VoiceStateSelector.ByChannel(user, channel, guild));
        yield return new VoiceStateDestroy(new VoiceStateSelector("Qh", user, channel, null)) { Form = LvspForm.Document };
    }

    private static IEnumerable<LvspNotice> Notices()
    {
        var (guild, channel, user) = (new Snowflake(First), new Snowflake(First + 1), new Snowflake(First + 2));
        yield return new ChannelAssigned(channel, guild, 64_000, "9x", "v1.example:443");
        yield return new ChannelBitrateInForce(channel, null, 64_000);
        yield return new ChannelDestroyed(channel, null, LvspReason.Expired);
        yield return new VoiceStateDone(user, channel, guild, "Qh", default, "Zr", "v1.example");
        yield return new VoiceStateDestroyed(user, channel, null, "Qh", LvspReason.Unclaimed, default);
    }

    private static byte[]? Info(LvspNotice notice, LvspForm form) =>
        LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatibility: false, out var body) ? LvspServerFrames.Info(1, body.Span) : null;
}
