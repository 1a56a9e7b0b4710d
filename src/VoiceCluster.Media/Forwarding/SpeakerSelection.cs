namespace VoiceCluster.Media.Forwarding;

/// <summary>Chooses who is heard in a channel where more people speak at once than anybody can follow.</summary>
/// <remarks>
/// <para>There are as many places as voices may be heard at once, and whoever has one keeps it until somebody else needs it. A voice without a
/// place gets, with its very next packet, the first of these that there is:</para>
/// <list type="number">
/// <item>a free place;</item>
/// <item>if nobody else waits longer, the place of whoever has been silent longest, from <see cref="Pause"/> on;</item>
/// <item>the place of the quietest, if it is <see cref="LoudnessMargin"/> louder over some time. Both have to send their levels;</item>
/// <item>if nobody else waits longer, after <see cref="Patience"/>, the place of who has been heard longest without a pause, if that is a
/// <see cref="Turn"/>: microphones that are left open cannot lock a channel up.</item>
/// </list>
/// <para>While as many or fewer speak within one <see cref="Pause"/> as there are places, everybody is heard from the first packet on. Nobody who goes on
/// talking loses his place sooner than <see cref="MinimumHold"/> after he got it or began.</para>
/// One channel, one thread; `now` is monotonic. Nothing is allocated after the constructor.
/// </remarks>
/// <param name="places">How many are heard at once, at least 1.</param>
internal sealed class SpeakerSelection(int places)
{
    /// <summary>After how long without voice somebody counts as silent. Longer than the 400 ms between two comfort noise frames of Opus.</summary>
    public static readonly long Pause = TimeSpan.FromMilliseconds(500).Ticks;

    /// <summary>
    /// How long somebody talks, or does not, before it is believed that he means to: for his loudness, before others are told that he is not heard, and
    /// for waiting.
    /// </summary>
    public static readonly long Attack = TimeSpan.FromMilliseconds(200).Ticks;

    /// <summary>How long somebody who talks is heard at least.</summary>
    public static readonly long MinimumHold = TimeSpan.FromSeconds(2).Ticks;

    /// <summary>How long somebody talks unheard before he is given another's turn.</summary>
    public static readonly long Patience = TimeSpan.FromSeconds(3).Ticks;

    /// <summary>How long somebody may talk without a pause before others, who wait, take turns with him.</summary>
    public static readonly long Turn = TimeSpan.FromSeconds(10).Ticks;

    /// <summary>By how many decibels a voice has to be louder than another to take its place.</summary>
    public const int LoudnessMargin = 6;

    private readonly Speaker[] _heard = new Speaker[places];
    private int _count;
    private Speaker? _waitsLongest;

    /// <summary>Who has a place; for tests.</summary>
    public ReadOnlySpan<Speaker> Heard => _heard.AsSpan(0, _count);

    /// <summary>Somebody's packet came.</summary>
    public SpeakerVerdict Hear(Speaker speaker, Speech speech, long now)
    {
        speaker.Observe(speech, now);
        if (speaker.IsHeard || TryEnter(speaker, speech, now))
        {
            return SpeakerVerdict.Heard;
        }

        return speaker.TryTakeClosingFrame() ? SpeakerVerdict.Closing : SpeakerVerdict.Unheard;
    }

    private bool TryEnter(Speaker speaker, Speech speech, long now)
    {
        if (_count < _heard.Length)
        {
            Enter(speaker, _count++, now);
            return true;
        }

        if (!speech.IsVoice || FindPlace(speaker, now) is not (>= 0 and var place))
        {
            return false;
        }

        _heard[place].Leave(now);
        Enter(speaker, place, now);
        return true;
    }

    private void Enter(Speaker speaker, int place, long now)
    {
        _heard[place] = speaker;
        speaker.Enter(now);
    }

    private int FindPlace(Speaker speaker, long now)
    {
        var (silent, quiet, longest) = (0, -1, 0);
        for (var i = 0; i < _count; i++)
        {
            var other = _heard[i];
            silent = other.SpokeAt < _heard[silent].SpokeAt ? i : silent;
            longest = other.Since < _heard[longest].Since ? i : longest;
            if (other.HasLevel && now - other.Since >= MinimumHold && (quiet < 0 || other.Loudness < _heard[quiet].Loudness))
            {
                quiet = i;
            }
        }

        var isNext = IsNext(speaker, now);
        if (isNext && now - _heard[silent].SpokeAt >= Pause)
        {
            return silent;
        }

        var talkedFor = now - speaker.Since;
        if (quiet >= 0 && speaker.HasLevel && talkedFor >= Attack && speaker.Loudness - _heard[quiet].Loudness >= LoudnessMargin)
        {
            return quiet;
        }

        return isNext && talkedFor >= Patience && now - _heard[longest].Since >= Turn ? longest : -1;
    }
    // Who stopped talking, or was let in, does not wait any more.
    private bool IsNext(Speaker speaker, long now)
    {
        if (_waitsLongest is not { IsHeard: false } first || now - first.SpokeAt >= Attack || speaker.Since < first.Since)
        {
            _waitsLongest = speaker;
        }

        return _waitsLongest == speaker;
    }
}

/// <summary>What becomes of a packet of somebody's voice.</summary>
internal enum SpeakerVerdict
{
    /// <summary>It is heard.</summary>
    Heard,

    /// <summary>Its sender was cut off while he talked: a frame of silence goes out in its place, so that decoders come to rest.</summary>
    Closing,

    /// <summary>It is not heard.</summary>
    Unheard,
}
