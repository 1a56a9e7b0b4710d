using System.Numerics;
using System.Security.Cryptography;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>Gives out blocks of 16 sources: random, below 2^24, never 0, and not again until they have rested.</summary>
/// <remarks>
/// A bit per block, and time in periods of one quarantine: what was returned in a period is free two periods later, so it rests for one
/// quarantine at least and two at most, and however many come and go, the memory stays the same.
/// </remarks>
internal sealed class SourceAllocator(TimeSpan quarantine)
{
    private const int Blocks = (int)(Ssrc.AssignableLimit / Ssrc.BlockSize);
    private const int Attempts = 64;

    private readonly ulong[] _taken = new ulong[Blocks / 64];
    private ulong[] _resting = new ulong[Blocks / 64];
    private ulong[] _restedLonger = new ulong[Blocks / 64];
    private TimeSpan _periodBegan;
    private bool _anyRests;

    /// <summary>How many blocks are in use or resting.</summary>
    public int Taken { get; private set; }

    /// <summary>Takes a free block.</summary>
    /// <returns>False when chance finds none, which takes a million sessions.</returns>
    public bool TryTake(TimeSpan now, out Ssrc first)
    {
        Wake(now);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var block = RandomNumberGenerator.GetInt32(1, Blocks);
            if ((_taken[block / 64] & Bit(block)) == 0)
            {
                _taken[block / 64] |= Bit(block);
                Taken++;
                first = new Ssrc((uint)block * Ssrc.BlockSize);
                return true;
            }
        }

        first = default;
        return false;
    }

    /// <summary>Lets a block rest, then frees it.</summary>
    public void Return(Ssrc first, TimeSpan now)
    {
        Wake(now);
        var block = (int)(first.Value / Ssrc.BlockSize);
        _resting[block / 64] |= Bit(block);
        _anyRests = true;
    }

    private void Wake(TimeSpan now)
    {
        var elapsed = now - _periodBegan;
        if (elapsed < quarantine)
        {
            return;
        }

        _periodBegan = now;
        if (!_anyRests)
        {
            return;
        }

        Free(_restedLonger);
        if (elapsed >= quarantine * 2)
        {
            Free(_resting);
        }

        (_resting, _restedLonger) = (_restedLonger, _resting);
        _anyRests = _restedLonger.AsSpan().ContainsAnyExcept(0ul);
    }

    private void Free(ulong[] rested)
    {
        for (var index = 0; index < rested.Length; index++)
        {
            Taken -= BitOperations.PopCount(rested[index]);
            _taken[index] &= ~rested[index];
        }

        Array.Clear(rested);
    }

    private static ulong Bit(int block) => 1UL << (block % 64);
}
