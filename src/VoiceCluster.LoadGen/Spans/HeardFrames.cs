using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>Which frames one listener heard. One thread writes; read when it has ended.</summary>
/// <param name="node">The node that he is on.</param>
internal sealed class HeardFrames(string node)
{
    private readonly HashSet<(int User, uint Number)> _frames = [];

    /// <summary>The node that he is on.</summary>
    public string Node { get; } = node;

    /// <summary>Different frames.</summary>
    public long Heard => _frames.Count;

    /// <summary>Frames that came again.</summary>
    public long Doubled { get; private set; }

    /// <summary>Datagrams that were no frame of the speakers.</summary>
    public long Wrong { get; set; }

    /// <summary>Half of the frames came within this time of being sent, and 99 of a hundred within the second.</summary>
    public (TimeSpan Half, TimeSpan NearlyAll) Delay { get; set; }

    /// <summary>A frame came.</summary>
    public void Hear(SpeechStamp stamp)
    {
        if (!_frames.Add((stamp.User, stamp.Number)))
        {
            Doubled++;
        }
    }
}
