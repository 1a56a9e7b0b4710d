using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>A time of silence that the backend ordered for a user who goes on talking.</summary>
/// <param name="Speaker">Who was muted.</param>
/// <param name="SentAt">When the backend sent the mute.</param>
/// <param name="AnsweredAt">When it had the answer to the next request about that user.</param>
/// <param name="Until">Until when frames were sent that are judged.</param>
internal sealed record ObservedMute(DiscordJsClient Speaker, TimeSpan SentAt, TimeSpan AnsweredAt, TimeSpan Until)
{
    private const int FramesBefore = 10;

    /// <summary>A busy machine may stop a client between the making of a frame and its sending: so much later the mute is lifted.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>Mutes a talking user for a while and lets the others hear the user again.</summary>
    /// <param name="listeners">At least two who talk as well, so that each can tell silence of one from silence of all.</param>
    /// <param name="length">For how long, as seen by the frames of those who are not muted.</param>
    public static async Task<ObservedMute> RunAsync(RealCall call, DiscordJsClient speaker, DiscordJsClient[] listeners, TimeSpan length)
    {
        var begin = MachineClock.Now;
        await UntilHeardAsync(listeners, [speaker], begin, FramesBefore);
        var sentAt = MachineClock.Now;
        await call.ChangeAsync(speaker, new VoiceFlagsPatch { Mute = true });

        // A mute is not answered; joining where one is already is, by the same authority and behind it.
        await call.Backend.JoinAsync(speaker.UserId, RealCall.Channel, RealCall.Guild);
        var answeredAt = MachineClock.Now;
        await UntilHeardAsync(listeners, listeners, answeredAt + length + Grace, 1);
        var liftedAt = MachineClock.Now;
        await call.ChangeAsync(speaker, new VoiceFlagsPatch { Mute = false });
        await UntilHeardAsync(listeners, [speaker], liftedAt, 1);
        return new ObservedMute(speaker, sentAt, answeredAt, answeredAt + length);
    }

    /// <summary>When the last frame that a listener heard in spite of the mute had been sent.</summary>
    public TimeSpan LastHeard(DiscordJsClient listener) =>
        listener.Heard(Speaker.UserId).Select(frame => frame.SentAt).Where(sentAt => sentAt < Until).Max();

    private static Task UntilHeardAsync(DiscordJsClient[] listeners, DiscordJsClient[] speakers, TimeSpan sentAfter, int count) =>
        Task.WhenAll(listeners.SelectMany(listener => speakers.Where(speaker => speaker != listener).Select(speaker => listener.WaitUntilAsync(
            _ => listener.Heard(speaker.UserId).Count(frame => frame.SentAt > sentAfter) >= count,
            $"{count} frames that {speaker.UserId} sent"))));
}
