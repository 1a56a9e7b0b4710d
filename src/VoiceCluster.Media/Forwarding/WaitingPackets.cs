using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Packets of one received batch that wait to be sent, in the order in which each receiver is to get them.</summary>
/// <remarks>
/// Those of one channel lie together, so that they go out receiver by receiver; among them those of one source, as they came; and the source
/// with the longest packet first, because the kernel takes datagrams of one length at once, and one shorter at the end.
/// </remarks>
internal sealed class WaitingPackets
{
    /// <summary>How many there may be.</summary>
    public const int Capacity = 64;

    /// <summary>
    /// How many copies they may come to, more or less: some milliseconds' work. So long a listener may wait for a packet because others get several at
    /// once, and so long may a packet be on its way that was accepted by a plan which has been replaced meanwhile.
    /// </summary>
    public const int MostCopies = 4096;

    private readonly WaitingPacket[] _packets = new WaitingPacket[Capacity];
    private int _copies;

    public WaitingPackets()
    {
        for (var i = 0; i < Capacity; i++)
        {
            _packets[i] = new WaitingPacket();
        }
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The packets of one channel.</summary>
    /// <param name="begin">The first of them.</param>
    public ReadOnlySpan<WaitingPacket> Channel(int begin)
    {
        var route = _packets[begin].Route;
        var end = begin + 1;
        while (end < Count && ReferenceEquals(_packets[end].Route, route))
        {
            end++;
        }

        return _packets.AsSpan(begin, end - begin);
    }

    /// <summary>Whether they are to be sent before the next packet is looked at.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Takes a packet in.</summary>
    /// <returns>
    /// False if what its source sent by another route must go first: the channel has a new plan, or the session is in another channel.
    /// </returns>
    public bool TryAdd(in ForwardedPacket packet, ChannelRoute route)
    {
        if (!TryFindPlace(packet, route, out var place))
        {
            return false;
        }

        var free = _packets[Count];
        Array.Copy(_packets, place, _packets, place + 1, Count - place);
        _packets[place] = free;
        free.Hold(packet, route);
        Count++;
        _copies += route.Sinks.Length;
        IsFull = Count == Capacity || _copies + route.Sinks.Length > MostCopies;
        return true;
    }

    /// <summary>Somebody needs a source's numbers for header nonces for the first time: all its packets get them, in the order in which they came.</summary>
    public void Guard(MediaSource source)
    {
        var guard = source.NonceGuard = new HeaderNonceGuard();
        foreach (var packet in _packets.AsSpan(0, Count))
        {
            if (packet.Source == source)
            {
                packet.WriteGuarded(guard, source.Ssrc.Value);
            }
        }
    }

    /// <summary>They have been sent.</summary>
    public void Clear()
    {
        Count = 0;
        _copies = 0;
        IsFull = false;
    }

    private bool TryFindPlace(in ForwardedPacket packet, ChannelRoute route, out int place)
    {
        place = Count;
        var isFound = false;
        for (var i = Count - 1; i >= 0; i--)
        {
            var other = _packets[i];
            if (other.Source == packet.Source)
            {
                place = i + 1;
                return ReferenceEquals(other.Route, route);
            }

            if (ReferenceEquals(other.Route, route))
            {
                place = isFound ? place : i + 1;
                isFound = true;
                place = BeginsSource(i) && other.Payload.Length < packet.Payload.Length ? i : place;
            }
        }

        return true;
    }

    private bool BeginsSource(int index) => index == 0 || _packets[index - 1].Source != _packets[index].Source;
}
