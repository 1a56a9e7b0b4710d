using System.Collections.Concurrent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Limits;

/// <summary>Counts what each realm has on this node, so that one backend cannot use up the node.</summary>
/// <remarks>Safe for calls from any thread.</remarks>
public sealed class RealmQuota : IDisposable
{
    private readonly VoiceSettings _settings;
    private readonly ConcurrentDictionary<(Realm, EntityKind), int> _counts = new();

    /// <summary>Nothing is counted yet.</summary>
    public RealmQuota(VoiceSettings settings)
    {
        _settings = settings;
        Telemetry.Observe(this);
    }

    /// <summary>Counts one more unless the limit is reached.</summary>
    public bool TryTake(Realm realm, EntityKind kind)
    {
        var limit = kind == EntityKind.VoiceChannel ? _settings.MaxChannelsPerRealm : _settings.MaxVoiceStatesPerRealm;
        var taken = false;
        _counts.AddOrUpdate(
            (realm, kind),
            _ => Take(0, limit, out taken),
            (_, count) => Take(count, limit, out taken));
        if (!taken)
        {
            Telemetry.QuotaRefused(kind);
        }

        return taken;
    }

    /// <summary>Counts one more, whatever the limit.</summary>
    public void Take(Realm realm, EntityKind kind) => _counts.AddOrUpdate((realm, kind), 1, (_, count) => count + 1);

    /// <summary>Counts one less: each that was taken is returned once.</summary>
    public void Return(Realm realm, EntityKind kind) => _counts.AddOrUpdate((realm, kind), 0, (_, count) => count - 1);

    /// <summary>How many of a kind there are, over all realms.</summary>
    public int Total(EntityKind kind) => _counts.Where(entry => entry.Key.Item2 == kind).Sum(entry => entry.Value);

    /// <summary>Ends the counting.</summary>
    public void Dispose() => Telemetry.Forget(this);

    private static int Take(int count, int limit, out bool taken)
    {
        taken = count < limit;
        return taken ? count + 1 : count;
    }
}
