using System.Runtime.InteropServices;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>Which video codec each session of a call is to send.</summary>
/// <remarks>
/// Of what a session can encode, the codec with the lowest priority that all other viewers can decode; if there is none, its own best
/// one. A session that decodes no video at all is no viewer: no choice would show it anything.
/// </remarks>
public sealed class VideoCodecChoice
{
    /// <summary>What a session is told that can encode no video.</summary>
    public const string Default = "H264";

    private readonly Dictionary<string, int> _viewersByCodec;
    private readonly int _viewers;

    /// <summary>Counts who can decode what.</summary>
    /// <param name="codecLists">The codec lists of all sessions in the call, each with how many gave it.</param>
    public VideoCodecChoice(IEnumerable<KeyValuePair<ValueArray<VoiceCodec>, int>> codecLists)
    {
        _viewersByCodec = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (codecs, sessions) in codecLists)
        {
            var decodable = Decodable(codecs);
            _viewers += decodable.Count > 0 ? sessions : 0;
            foreach (var name in decodable)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_viewersByCodec, name, out _) += sessions;
            }
        }
    }

    /// <summary>The codec for one of those sessions.</summary>
    public string For(ValueArray<VoiceCodec> codecs)
    {
        var own = Decodable(codecs);
        var others = _viewers - (own.Count > 0 ? 1 : 0);
        var encodable = codecs.Where(codec => IsVideo(codec) && codec.Encode).OrderBy(codec => codec.Priority).ToList();
        var best = encodable.FirstOrDefault(codec => _viewersByCodec.GetValueOrDefault(codec.Name) - (own.Contains(codec.Name) ? 1 : 0) == others);
        return (best ?? encodable.FirstOrDefault())?.Name ?? Default;
    }

    private static HashSet<string> Decodable(ValueArray<VoiceCodec> codecs) =>
        codecs.Where(codec => IsVideo(codec) && codec.Decode).Select(codec => codec.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static bool IsVideo(VoiceCodec codec) => codec.Type == "video";
}
