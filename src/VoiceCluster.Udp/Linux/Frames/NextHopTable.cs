using System.Diagnostics.CodeAnalysis;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>Next hops by destination. One thread writes, packet loops read meanwhile without a lock.</summary>
/// <remarks>
/// Open addressing in an array of numbers that are read and written whole: the destination in the upper half, in the lower one the place of its next hop. Nothing is
/// ever taken out of a table; it is replaced by an empty one.
/// </remarks>
internal sealed class NextHopTable
{
    /// <summary>Destinations that it takes, at most; half of what it has room for, so that searches stay short.</summary>
    public const int MaximumDestinations = 1 << 17;

    /// <summary>Next hops that it takes, at most.</summary>
    public const int MaximumNextHops = 4096;

    private const int NoHop = 1;
    private const int FirstHop = 2;
    private const int SmallestSize = 1 << 8;

    private readonly NextHop?[] _hops = new NextHop?[FirstHop + MaximumNextHops];
    private readonly Dictionary<NextHopKey, int> _places = [];
    private volatile ulong[] _entries = new ulong[SmallestSize];
    private int _count;

    /// <summary>Looks a destination up.</summary>
    /// <param name="destination">An IPv4 address.</param>
    /// <param name="hop">Where to send frames for it; null if nobody knows, or it is known that there is nowhere.</param>
    /// <returns>False when nobody has asked the kernel yet.</returns>
    public bool TryFind(uint destination, out NextHop? hop)
    {
        var entries = _entries;
        for (var slot = Hash(destination, entries.Length); ; slot = (slot + 1) & (entries.Length - 1))
        {
            var entry = Volatile.Read(ref entries[slot]);
            if (entry == 0 || (uint)(entry >> 32) == destination)
            {
                hop = _hops[(int)(uint)entry];
                return entry != 0;
            }
        }
    }

    /// <summary>Notes where frames for a destination go; null for nowhere.</summary>
    /// <returns>False when the table is full.</returns>
    public bool TryAdd(uint destination, NextHop? hop)
    {
        if (_count == MaximumDestinations || destination == 0 || PlaceOf(hop) is not { } place)
        {
            return false;
        }

        if (_count * 2 >= _entries.Length)
        {
            Grow();
        }

        _count += Put(_entries, ((ulong)destination << 32) | (uint)place);
        return true;
    }

    /// <summary>Whether there are destinations that nobody knows a way for.</summary>
    public bool HasUnknown { get; private set; }

    /// <summary>Finds a next hop that some destinations have already.</summary>
    public bool TryFindHop(NextHopKey key, [NotNullWhen(true)] out NextHop? hop)
    {
        hop = _places.TryGetValue(key, out var place) ? _hops[place] : null;
        return hop is not null;
    }

    /// <summary>The next hops over one neighbour; empty if none is in use.</summary>
    public IReadOnlyList<NextHop> FindOver(int device, uint neighbour) =>
        [.. _places.Where(place => place.Key.Device == device && place.Key.Neighbour == neighbour).Select(place => _hops[place.Value]).OfType<NextHop>()];

    // The place is written before the entry that leads to it.
    private int? PlaceOf(NextHop? hop)
    {
        if (hop is null)
        {
            HasUnknown = true;
            return NoHop;
        }

        if (!_places.TryGetValue(hop.Key, out var place))
        {
            if (_places.Count == MaximumNextHops)
            {
                return null;
            }

            place = FirstHop + _places.Count;
            _places.Add(hop.Key, place);
            Volatile.Write(ref _hops[place], hop);
        }

        return place;
    }

    private void Grow()
    {
        var larger = new ulong[_entries.Length * 2];
        foreach (var entry in _entries)
        {
            if (entry != 0)
            {
                Put(larger, entry);
            }
        }

        _entries = larger;
    }

    private static int Put(ulong[] entries, ulong entry)
    {
        var slot = Hash((uint)(entry >> 32), entries.Length);
        while (entries[slot] != 0 && (entries[slot] >> 32) != entry >> 32)
        {
            slot = (slot + 1) & (entries.Length - 1);
        }

        var added = entries[slot] == 0 ? 1 : 0;
        Volatile.Write(ref entries[slot], entry);
        return added;
    }

    private static int Hash(uint destination, int size) => (int)((destination * 0x9E3779B1u) >> 8) & (size - 1);
}
