using System.Collections.Immutable;
using VoiceCluster.Client.Voice;
using VoiceCluster.LoadGen.Chaos.Measuring;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>What one user hears, over all its connections. Any thread.</summary>
/// <param name="speakers">Those in the user's channel, without the user.</param>
/// <param name="staleAfter">From which age a frame is of no use.</param>
internal sealed class UserEars(ImmutableArray<ChaosSpeaker> speakers, TimeSpan staleAfter)
{
    private readonly Lock _gate = new();
    private readonly ImmutableArray<Heard> _heard = [.. speakers.Select(speaker => new Heard(speaker, new PairEar()))];
    private long _wrong;

    /// <summary>Whom the user hears.</summary>
    public ImmutableArray<ChaosSpeaker> Speakers => speakers;

    /// <summary>Frames that were damaged, or of somebody in another channel.</summary>
    public long Wrong => Volatile.Read(ref _wrong);

    /// <summary>Takes one packet.</summary>
    /// <param name="frame">The packet.</param>
    /// <param name="connection">Which of the user's connections brought it; see <see cref="PairEar.Hear"/>.</param>
    public void Hear(scoped in HeardFrame frame, byte connection)
    {
        // Frames that a server makes itself when somebody's voice ends are no speech.
        if (frame.Packet.Payload.Length < SpeechPayload.MinimumLength)
        {
            return;
        }

        lock (_gate)
        {
            if (SpeechPayload.TryRead(frame.Packet.Payload, ChaosSpeaker.PayloadLength, out var stamp) && Find(stamp.User) is { } heard)
            {
                heard.Ear.Hear(stamp.Number, connection, frame.ArrivedAt - TimeSpan.FromTicks(stamp.SentAt), frame.ArrivedAt, staleAfter);
            }
            else
            {
                _wrong++;
            }
        }
    }

    /// <summary>Whether every speaker was heard within the last moments.</summary>
    public bool HearsAll(TimeSpan now, TimeSpan within)
    {
        lock (_gate)
        {
            return _heard.All(heard => heard.Ear.LastHeardAt is { } last && now - last <= within);
        }
    }

    /// <summary>Begins a window for every speaker.</summary>
    public void BeginWindow()
    {
        lock (_gate)
        {
            foreach (var heard in _heard)
            {
                heard.Began = heard.Speaker.Position;
                heard.Ear.BeginWindow(heard.Began.Next);
            }
        }
    }

    /// <summary>What was heard since the window began.</summary>
    /// <param name="began">When it did.</param>
    /// <param name="ended">When it ended; frames may have come since.</param>
    public ImmutableArray<PairWindow> ReadWindow(TimeSpan began, TimeSpan ended)
    {
        lock (_gate)
        {
            return [.. _heard.Select(heard => new PairWindow(
                heard.Speaker.Number,
                heard.Ear.LongestSilence(began, ended),
                heard.Speaker.Position.Sent - heard.Began.Sent,
                heard.Ear.Received,
                heard.Ear.Duplicates,
                heard.Ear.Stale,
                heard.Ear.Oldest))];
        }
    }

    private Heard? Find(int speaker)
    {
        foreach (var heard in _heard)
        {
            if (heard.Speaker.Number == speaker)
            {
                return heard;
            }
        }

        return null;
    }

    private sealed class Heard(ChaosSpeaker speaker, PairEar ear)
    {
        public ChaosSpeaker Speaker { get; } = speaker;

        public PairEar Ear { get; } = ear;

        public SpeakerPosition Began { get; set; }
    }
}

/// <summary>What one user heard of one speaker in a window.</summary>
/// <param name="Speaker">The speaker's number.</param>
/// <param name="Silence">The longest silence.</param>
/// <param name="Sent">Frames that the speaker sent.</param>
/// <param name="Received">Those that came, each once.</param>
/// <param name="Duplicates">Those that came again.</param>
/// <param name="Stale">Those that came too late to be of use.</param>
/// <param name="Oldest">The age of the oldest.</param>
internal readonly record struct PairWindow(int Speaker, TimeSpan Silence, long Sent, long Received, long Duplicates, long Stale, TimeSpan Oldest);
