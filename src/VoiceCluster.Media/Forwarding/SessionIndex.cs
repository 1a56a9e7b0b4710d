using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Finds a session by any of its sources. Immutable: a change makes a new index that shares what did not change.</summary>
/// <remarks>
/// Blocks are aligned, so source / 16 is the key. 64 segments, each an open-addressing table at most half full: a change copies one
/// segment, a look-up reads one.
/// </remarks>
internal sealed class SessionIndex
{
    private const int SegmentBits = 6;
    private const int MinimumSegment = 4;

    private readonly Entry[][] _segments;

    private SessionIndex(Entry[][] segments, int count)
    {
        _segments = segments;
        Count = count;
    }

    public static SessionIndex Empty { get; } = new(NewSegments(), 0);

    /// <summary>How many sessions there are.</summary>
    public int Count { get; }

    /// <summary>Finds the session in whose block a source lies.</summary>
    public MediaSession? Find(uint ssrc)
    {
        var key = ssrc / Ssrc.BlockSize;
        var hash = Hash(key);
        var segment = _segments[hash >> (32 - SegmentBits)];
        var mask = (uint)segment.Length - 1;
        for (var i = hash & mask; ; i = (i + 1) & mask)
        {
            ref readonly var entry = ref segment[i];
            if (entry.Session is null)
            {
                return null;
            }

            if (entry.Key == key)
            {
                return entry.Session;
            }
        }
    }

    /// <summary>Adds a session under its block.</summary>
    public SessionIndex Add(Ssrc first, MediaSession session) => Change(first, session);

    /// <summary>Removes the session of a block.</summary>
    public SessionIndex Remove(Ssrc first) => Change(first, session: null);

    /// <summary>All sessions.</summary>
    public IEnumerable<MediaSession> All() =>
        from segment in _segments from entry in segment where entry.Session is not null select entry.Session;

    private SessionIndex Change(Ssrc first, MediaSession? session)
    {
        var key = first.Value / Ssrc.BlockSize;
        var number = Hash(key) >> (32 - SegmentBits);
        var kept = _segments[number].Where(entry => entry.Session is not null && entry.Key != key).ToList();
        var before = kept.Count;
        var had = _segments[number].Count(entry => entry.Session is not null);
        if (session is not null)
        {
            kept.Add(new Entry(key, session));
        }

        var segments = (Entry[][])_segments.Clone();
        segments[number] = Build(kept);
        return new SessionIndex(segments, Count - (had - before) + (kept.Count - before));
    }

    private static Entry[] Build(List<Entry> entries)
    {
        var size = MinimumSegment;
        while (size < 2 * entries.Count)
        {
            size *= 2;
        }

        var segment = new Entry[size];
        foreach (var entry in entries)
        {
            var i = Hash(entry.Key) & (uint)(size - 1);
            while (segment[i].Session is not null)
            {
                i = (i + 1) & (uint)(size - 1);
            }

            segment[i] = entry;
        }

        return segment;
    }

    private static Entry[][] NewSegments()
    {
        var segments = new Entry[1 << SegmentBits][];
        Array.Fill(segments, new Entry[MinimumSegment]);
        return segments;
    }

    // The high bits choose the segment, the low ones the place in it.
    private static uint Hash(uint key)
    {
        var hash = key * 0x9E3779B1;
        return hash ^ (hash >> 15);
    }

    private readonly record struct Entry(uint Key, MediaSession? Session);
}
