using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>What a <see cref="SpeakerSelection"/> knows of one person. Worker thread only; survives a worker that fails.</summary>
internal sealed class Speaker
{
    private const int LoudnessScale = 16;
    private const int LoudnessFrames = 16;

    private int _scaledLoudness;
    private int _closingFrames;

    /// <summary>Whether he has a place.</summary>
    public bool IsHeard { get; private set; }

    /// <summary>When he last gave voice.</summary>
    public long SpokeAt { get; private set; } = long.MinValue / 2;

    /// <summary>Since when he has been talking without a pause and without getting or losing a place.</summary>
    public long Since { get; private set; }

    /// <summary>Whether he sends levels.</summary>
    public bool HasLevel => _scaledLoudness > 0;

    /// <summary>How loud he has been, in decibels above silence, over about 300 ms.</summary>
    public int Loudness => _scaledLoudness / LoudnessScale;

    /// <summary>Whether others think that he does not speak, because they were told so when he was not heard.</summary>
    public bool IsToldUnheard { get; set; }

    /// <summary>Whether they were told since he began to talk.</summary>
    public bool IsToldSinceBeginning { get; set; }

    /// <summary>One of his packets came.</summary>
    public void Observe(Speech speech, long now)
    {
        if (!speech.IsVoice)
        {
            return;
        }

        if (now - SpokeAt >= SpeakerSelection.Pause)
        {
            Since = now;
            IsToldSinceBeginning = false;
            _closingFrames = 0;
            _scaledLoudness = 0;
        }

        SpokeAt = now;
        if (speech.Loudness > 0)
        {
            var scaled = speech.Loudness * LoudnessScale;
            _scaledLoudness = HasLevel ? _scaledLoudness + ((scaled - _scaledLoudness) / LoudnessFrames) : scaled;
        }
    }

    /// <summary>He gets a place.</summary>
    public void Enter(long now)
    {
        IsHeard = true;
        Since = now;
        _closingFrames = 0;
    }

    /// <summary>He loses his place. If he was talking, some frames of silence end what he said.</summary>
    public void Leave(long now)
    {
        IsHeard = false;
        Since = now;
        IsToldSinceBeginning = false;
        _closingFrames = now - SpokeAt < SpeakerSelection.Pause ? OpusFrame.SilenceFramesAtEnd : 0;
    }

    /// <summary>Takes one of those frames.</summary>
    public bool TryTakeClosingFrame() => _closingFrames > 0 && _closingFrames-- > 0;
}
