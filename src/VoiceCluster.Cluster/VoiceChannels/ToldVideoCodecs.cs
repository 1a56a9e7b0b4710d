using VoiceCluster.Domain.Channels;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.VoiceChannels;

/// <summary>Which video codec each session of a call was told to send. For one channel alone, on its thread.</summary>
internal sealed class ToldVideoCodecs
{
    private readonly Dictionary<Guid, string> _bySession = [];
    private Dictionary<ValueArray<VoiceCodec>, string> _byList = [];

    /// <summary>A session has another list, or was told things that are not known here: the next look is at all of them.</summary>
    public void Doubt() => _byList.Clear();

    /// <summary>A session is gone.</summary>
    public void Forget(Guid claimId) => _bySession.Remove(claimId);

    /// <summary>The codec of a session that enters, which is told it with the answer.</summary>
    public string Tell(ChannelSession entered, VoiceChannel channel) =>
        _bySession[entered.ClaimId] = new VideoCodecChoice(channel.CodecLists).For(entered.Codecs);

    /// <summary>Chooses anew. Nearly every join changes nobody's.</summary>
    /// <returns>The sessions that have to be told another codec than before.</returns>
    public List<(ChannelSession Session, string Codec)> Choose(VoiceChannel channel)
    {
        var choice = new VideoCodecChoice(channel.CodecLists);
        var chosen = channel.CodecLists.Keys.ToDictionary(codecs => codecs, choice.For);
        var isKnown = chosen.All(pair => _byList.TryGetValue(pair.Key, out var before) && before == pair.Value);
        _byList = chosen;
        return isKnown ? [] : Change(channel.InCall, chosen);
    }

    private List<(ChannelSession Session, string Codec)> Change(IEnumerable<ChannelSession> sessions, Dictionary<ValueArray<VoiceCodec>, string> chosen)
    {
        var changed = new List<(ChannelSession, string)>();
        foreach (var session in sessions)
        {
            var codec = chosen[session.Codecs];
            if (_bySession.GetValueOrDefault(session.ClaimId, VideoCodecChoice.Default) != codec)
            {
                _bySession[session.ClaimId] = codec;
                changed.Add((session, codec));
            }
        }

        return changed;
    }
}
