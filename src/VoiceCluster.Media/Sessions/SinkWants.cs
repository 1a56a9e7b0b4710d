using System.Collections.Immutable;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>Which sources a session wants: a default and its exceptions. Immutable.</summary>
internal sealed class SinkWants
{
    private readonly uint[] _sources;
    private readonly bool[] _isWanted;
    private readonly bool _anyIsWanted;

    private SinkWants(int any, ImmutableDictionary<Ssrc, int> bySource)
    {
        _anyIsWanted = any > 0;
        _sources = [.. bySource.Keys.Select(source => source.Value).Order()];
        _isWanted = [.. _sources.Select(source => bySource[new Ssrc(source)] > 0)];
    }

    /// <summary>Makes the wants; null when everything is wanted, which costs nothing to check.</summary>
    public static SinkWants? From(int any, ImmutableDictionary<Ssrc, int> bySource) =>
        any > 0 && bySource.Values.All(want => want > 0) ? null : new SinkWants(any, bySource);

    public bool Wants(uint ssrc)
    {
        var index = _sources.AsSpan().BinarySearch(ssrc);
        return index < 0 ? _anyIsWanted : _isWanted[index];
    }
}
