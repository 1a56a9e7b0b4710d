using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Limits;

/// <summary>The place of one entity in its realm's count on this node.</summary>
/// <remarks>
/// An entity may be made on one node and end on another. So it is counted where it lives, from its start until it stops, and not where it was made.
/// For one entity alone, on its thread.
/// </remarks>
internal sealed class RealmSeat(RealmQuota quota, EntityKind kind)
{
    private Realm? _realm;

    /// <summary>Takes the place unless the realm has too many; true also when it was taken before.</summary>
    public bool TryTake(Realm realm)
    {
        if (_realm is null && quota.TryTake(realm, kind))
        {
            _realm = realm;
        }

        return _realm is not null;
    }

    /// <summary>Takes the place of what was let in elsewhere, or earlier: no limit turns it away.</summary>
    public void Take(Realm realm)
    {
        if (_realm is null)
        {
            quota.Take(realm, kind);
            _realm = realm;
        }
    }

    /// <summary>Gives the place back, if it was taken.</summary>
    public void Return()
    {
        if (_realm is { } realm)
        {
            quota.Return(realm, kind);
            _realm = null;
        }
    }
}
