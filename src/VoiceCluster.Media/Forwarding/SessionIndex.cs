using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Finds a session by any of its sources. Immutable: a change makes a new index that shares what did not change.</summary>
/// <remarks>
/// Blocks are aligned, so source / 16 is the key. 256 segments, each an open-addressing table at most half full: a change copies one
/// segment, a look-up reads one.
/// </remarks>
internal sealed class SessionIndex
{
    private const int SegmentBits = 8;
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
        var before = _segments[number];
        var kept = 0;
        var had = 0;
        foreach (var entry in before)
        {
            had += entry.Session is null ? 0 : 1;
            kept += entry.Session is null || entry.Key == key ? 0 : 1;
        }

        var after = NewSegment(kept + 1);
        foreach (var entry in before)
        {
            if (entry.Session is not null && entry.Key != key)
            {
                Put(after, entry);
            }
        }

        if (session is not null)
        {
            Put(after, new Entry(key, session));
        }

        var segments = (Entry[][])_segments.Clone();
        segments[number] = after;
        return new SessionIndex(segments, Count - had + kept + (session is null ? 0 : 1));
    }

    private static void Put(Entry[] segment, Entry entry)
    {
        var mask = (uint)segment.Length - 1;
        var i = Hash(entry.Key) & mask;
        while (segment[i].Session is not null)
        {
            i = (i + 1) & mask;
        }

        segment[i] = entry;
    }

    private static Entry[] NewSegment(int entries)
    {
        var size = MinimumSegment;
        while (size < 2 * entries)
        {
            size *= 2;
        }

        return new Entry[size];
    }

    private static Entry[][] NewSegments()
    {
        var segments = new Entry[1 << SegmentBits][];
        Array.Fill(segments, NewSegment(0));
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
