using VoiceCluster.Client.Assets;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Client.Calls;

/// <summary>A user of a test call that speaks, and what it has said.</summary>
internal sealed class CallSpeaker(VoiceClient client, Uri url, int index)
{
    // Speakers begin apart, so that frames of one are never mistaken for those of another.
    private const int FramesApart = 37;

    private readonly SentFrames _said = new(SpeechAsset.Frames, index * FramesApart % SpeechAsset.Frames.Length);

    public Snowflake UserId => client.UserId;

    /// <summary>Where it is connected.</summary>
    public Uri Url => url;

    public Ssrc Ssrc { get; } = client.Ready!.Ssrc;

    public ushort FirstSequenceNumber { get; } = client.FirstSequenceNumber;

    public long Sent => _said.Count;

    /// <summary>Says the next frame.</summary>
    public void Speak(TimeSpan now) => client.SendFrame(_said.TakeNext(now).Span);

    /// <summary>Whether a packet is, in every respect that a listener sees, the frame that was sent at that place.</summary>
    public bool Said(long number, RtpView packet, TimeSpan now, out TimeSpan delay) =>
        _said.Matches(number, packet.Payload, now, out delay)
        && packet.Timestamp == client.FirstTimestamp + (uint)(number * SpeechAsset.TimestampStep)
        && packet is { PayloadType: RtpPayloadType.Opus, Marker: false };
}
