using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Relay;

/// <summary>The links of one worker, made when a plan first names the other one. Changes are made under the plane's lock; the worker reads snapshots.</summary>
/// <param name="options">The cluster's secret and where others listen.</param>
internal sealed class RelayLinks(RelayOptions options)
{
    /// <summary>Every life of every worker that ever shared a channel with this one; more than that is not a cluster but a mistake.</summary>
    private const int Maximum = 4096;

    private readonly Dictionary<(WorkerId Here, WorkerId There), RelayLink> _links = [];
    private volatile RelayLink[] _all = [];
    private long _refused;
    private volatile ImmutableDictionary<ulong, RelayLink> _byKey = ImmutableDictionary<ulong, RelayLink>.Empty;

    /// <summary>Every link there is. Any thread.</summary>
    public ReadOnlySpan<RelayLink> All => _all;

    /// <summary>How often a plan named a worker that there was no room for: its users and those here do not hear each other.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Finds the link of a key. Any thread.</summary>
    public RelayLink? Find(ulong key) => _byKey.GetValueOrDefault(key);

    /// <summary>The link of two workers.</summary>
    /// <returns>Null when there are too many.</returns>
    public RelayLink? GetOrAdd(WorkerId here, WorkerId there)
    {
        if (!_links.TryGetValue((here, there), out var link))
        {
            if (_links.Count >= Maximum)
            {
                Volatile.Write(ref _refused, _refused + 1);
                return null;
            }

            link = new RelayLink(here, there, options.Secret.Span);
            _links.Add((here, there), link);
            _byKey = _byKey.SetItem(link.ReceivingLink, link);
            _all = [.. _all, link];
        }

        Locate(link);
        return link;
    }

    /// <summary>Looks again where the others listen: they may have come to be known since.</summary>
    public void Locate()
    {
        foreach (var link in _links.Values)
        {
            Locate(link);
        }
    }

    /// <summary>Copies the counts of every link.</summary>
    public ImmutableArray<RelayLinkStatistics> Read() => [.. _all.Select(link => link.Read())];

    /// <summary>Wipes all keys; the worker does not run any more.</summary>
    public void DisposeAll()
    {
        _byKey = ImmutableDictionary<ulong, RelayLink>.Empty;
        _all = [];
        foreach (var link in _links.Values)
        {
            link.Dispose();
        }

        _links.Clear();
    }

    // Addresses that are not known any more stay: the other worker may well live, and only the store be away.
    private void Locate(RelayLink link)
    {
        if (options.Find(link.There) is { } endpoint)
        {
            link.Destination = endpoint;
        }
    }
}
