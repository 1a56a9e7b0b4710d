using System.Security.Cryptography;

namespace VoiceCluster.Media.Limits;

/// <summary>One rate limit per IPv4 address, in a table of fixed size.</summary>
/// <remarks>
/// Four places stand open to an address. If others hold all of them, the one that uses its rate least gives way: a flood of made-up
/// addresses costs the table its memory of the quiet ones, never room.
/// </remarks>
internal sealed class AddressLimiter(Rate rate)
{
    private const int Places = 1024 * Ways;
    private const int Ways = 4;

    private readonly Entry[] _entries = new Entry[Places];
    private readonly Rate _rate = rate;
    private readonly uint _seed = (uint)RandomNumberGenerator.GetInt32(int.MaxValue) | 1;

    /// <summary>Takes one unit of an address's rate.</summary>
    public bool TryTake(uint address, long now)
    {
        ref var entry = ref Find(address, now);
        return entry.Limit.TryTake(_rate, 1, now);
    }

    /// <summary>Tells whether an address has something of its rate left, without taking it.</summary>
    public bool HasRoom(uint address, long now)
    {
        foreach (ref readonly var entry in Row(address))
        {
            if (entry.Address == address)
            {
                return entry.Limit.HasRoom(_rate, now);
            }
        }

        return true;
    }

    private ref Entry Find(uint address, long now)
    {
        var row = Row(address);
        var chosen = 0;
        for (var i = 0; i < Ways; i++)
        {
            if (row[i].Address == address)
            {
                return ref row[i];
            }

            if (row[i].Limit.Excess(now) < row[chosen].Limit.Excess(now))
            {
                chosen = i;
            }
        }

        row[chosen] = new Entry { Address = address };
        return ref row[chosen];
    }

    // The seed keeps outsiders from choosing addresses that meet in one row.
    private Span<Entry> Row(uint address)
    {
        var hash = (uint)(((ulong)(address ^ _seed) * 0x9E3779B97F4A7C15) >> 40);
        return _entries.AsSpan((int)(hash % (Places / Ways)) * Ways, Ways);
    }

    private struct Entry
    {
        public uint Address;
        public RateLimit Limit;
    }
}
