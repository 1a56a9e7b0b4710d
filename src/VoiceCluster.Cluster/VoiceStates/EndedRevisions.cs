using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.VoiceStates;

/// <summary>The revisions with which voice states of this node have ended. Safe for calls from any thread.</summary>
/// <remarks>
/// A user who comes back must do so with a higher revision than he left with, and the clock may not have moved on since. The latest are known for each
/// user; of those before them only the highest is, which saves keeping every state that has ended.
/// </remarks>
public sealed class EndedRevisions
{
    /// <summary>How many are known for each user: half a minute at several hundred leaves a second.</summary>
    public const int Capacity = 16_384;

    private readonly Lock _gate = new();
    private readonly Dictionary<VoiceStateKey, long> _revisions = [];
    private readonly Queue<(VoiceStateKey State, long Revision)> _byAge = new();
    private long _highestForgotten;

    /// <summary>The revision above which a state begins; 0 if none has ended.</summary>
    public long RevisionOf(VoiceStateKey state)
    {
        lock (_gate)
        {
            return _revisions.TryGetValue(state, out var revision) ? revision : _highestForgotten;
        }
    }

    /// <summary>A state has ended.</summary>
    public void Add(VoiceStateKey state, long revision)
    {
        lock (_gate)
        {
            _revisions[state] = revision;
            _byAge.Enqueue((state, revision));
            if (_byAge.Count > Capacity)
            {
                Forget(_byAge.Dequeue());
            }
        }
    }

    private void Forget((VoiceStateKey State, long Revision) oldest)
    {
        _highestForgotten = Math.Max(_highestForgotten, oldest.Revision);
        if (_revisions.GetValueOrDefault(oldest.State) == oldest.Revision)
        {
            _revisions.Remove(oldest.State);
        }
    }
}
