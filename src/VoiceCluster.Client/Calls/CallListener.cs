using System.Collections.Frozen;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Calls;

/// <summary>The ears of one user of a test call: compares every frame with what was said.</summary>
/// <param name="client">The user.</param>
/// <param name="url">Where it is connected.</param>
/// <remarks>Frames come one at a time; any thread may read the figures.</remarks>
internal sealed class CallListener(VoiceClient client, Uri url)
{
    // Held while a frame is judged, so that no figure tells of a frame that is only half judged.
    private readonly Lock _judging = new();
    private FrozenDictionary<Ssrc, Heard> _speakers = FrozenDictionary<Ssrc, Heard>.Empty;
    private long _wrong;
    private long _unattributed;

    /// <summary>Delays of frames whose speaker is connected to the same address.</summary>
    public DelayHistogram Near { get; } = new();

    /// <summary>Delays of frames whose speaker is connected to another address.</summary>
    public DelayHistogram Far { get; } = new();

    /// <summary>Begins to listen to all speakers but the listener itself.</summary>
    public void Expect(IEnumerable<CallSpeaker> speakers)
    {
        _speakers = speakers
            .Where(speaker => speaker.UserId != client.UserId)
            .ToFrozenDictionary(speaker => speaker.Ssrc, speaker => new Heard(speaker, new SequenceAccount(speaker.FirstSequenceNumber)));
    }

    /// <summary>Whether the server has said of every speaker which source is theirs.</summary>
    public bool KnowsAllSpeakers =>
        _speakers.Values.All(heard => client.Roster.TryGetUser(heard.Speaker.Ssrc, out var user) && user == heard.Speaker.UserId);

    /// <summary>Takes one frame.</summary>
    public void Hear(scoped in HeardFrame frame)
    {
        lock (_judging)
        {
            Judge(frame);
        }
    }

    /// <summary>What was heard so far.</summary>
    /// <param name="self">The listener as a speaker; null if it does not speak.</param>
    public CallFigures Figures(CallSpeaker? self)
    {
        lock (_judging)
        {
            return Sum(self);
        }
    }

    private void Judge(scoped in HeardFrame frame)
    {
        if (!_speakers.TryGetValue(frame.Packet.Ssrc, out var heard))
        {
            _wrong++;
            return;
        }

        if (frame.UserId != heard.Speaker.UserId)
        {
            _unattributed++;
        }

        var arrival = heard.Account.Record(frame.Packet.SequenceNumber, out var number);
        if (arrival is SequenceArrival.Duplicate)
        {
            return;
        }

        if (arrival is SequenceArrival.Foreign || !heard.Speaker.Said(number, frame.Packet, frame.ArrivedAt, out var delay))
        {
            _wrong++;
            return;
        }

        (heard.Speaker.Url.Authority == url.Authority ? Near : Far).Record(delay);
    }

    private CallFigures Sum(CallSpeaker? self)
    {
        var heard = _speakers.Values;
        var delays = DelayHistogram.Sum(Near, Far);
        return new CallFigures(
            client.UserId,
            self is not null,
            self?.Sent ?? 0,
            heard.Sum(one => one.Speaker.Sent),
            heard.Sum(one => one.Account.Received),
            heard.Sum(one => one.Account.Reordered),
            heard.Sum(one => one.Account.Duplicates),
            _wrong,
            _unattributed,
            client.Counters.NotAuthentic,
            delays.Percentile(50),
            delays.Percentile(99));
    }

    private sealed record Heard(CallSpeaker Speaker, SequenceAccount Account);
}
