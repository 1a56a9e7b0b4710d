using System.Collections.Concurrent;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Voice;

/// <summary>What a client knows of the others in the call: who is there, and whose a source is. Any thread.</summary>
public sealed class VoiceRoster
{
    private readonly ConcurrentDictionary<Snowflake, bool> _users = new();
    private readonly ConcurrentDictionary<Ssrc, Snowflake> _sources = new();

    /// <summary>The users in the call, without this one.</summary>
    public IReadOnlyCollection<Snowflake> Users => (IReadOnlyCollection<Snowflake>)_users.Keys;

    /// <summary>Whether a user is in the call.</summary>
    public bool Contains(Snowflake user) => _users.ContainsKey(user);

    /// <summary>Whose a source is; false if nobody has said so.</summary>
    public bool TryGetUser(Ssrc source, out Snowflake user) => _sources.TryGetValue(source, out user);

    /// <summary>Takes an event of the call into account.</summary>
    public void Apply(VoiceEvent voiceEvent)
    {
        switch (voiceEvent)
        {
            case ClientsConnectEvent connect:
                foreach (var user in connect.UserIds)
                {
                    _users[user] = true;
                }

                break;
            case SpeakingEvent speaking:
                _sources[speaking.Ssrc] = speaking.UserId;
                break;
            case VideoEvent video:
                _sources[video.AudioSsrc] = video.UserId;
                break;
            case ClientDisconnectEvent disconnect:
                Remove(disconnect.UserId);
                break;
        }
    }

    private void Remove(Snowflake user)
    {
        _users.TryRemove(user, out _);
        foreach (var (source, owner) in _sources)
        {
            if (owner == user)
            {
                _sources.TryRemove(source, out _);
            }
        }
    }
}
