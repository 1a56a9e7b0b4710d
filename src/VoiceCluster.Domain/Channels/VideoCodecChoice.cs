using System.Collections.Frozen;
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

    private readonly FrozenDictionary<string, int> _viewersByCodec;
    private readonly int _viewers;

    /// <summary>Counts who can decode what.</summary>
    /// <param name="codecs">The codec lists of all sessions in the call.</param>
    public VideoCodecChoice(IEnumerable<ValueArray<VoiceCodec>> codecs)
    {
        var decodable = codecs.Select(Decodable).Where(names => names.Count > 0).ToList();
        _viewers = decodable.Count;
        _viewersByCodec = decodable.SelectMany(names => names)
            .CountBy(name => name, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
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
