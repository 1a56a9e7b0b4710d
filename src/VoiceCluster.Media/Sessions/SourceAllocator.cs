using System.Security.Cryptography;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>Gives out blocks of 16 sources: random, below 2^24, never 0, and not again until they have rested.</summary>
internal sealed class SourceAllocator(TimeSpan quarantine)
{
    private const int Blocks = (int)(Ssrc.AssignableLimit / Ssrc.BlockSize);
    private const int Attempts = 64;

    private readonly TimeSpan _quarantine = quarantine;
    private readonly HashSet<uint> _taken = [];
    private readonly Queue<(uint First, TimeSpan FreeAt)> _resting = [];

    /// <summary>How many blocks are in use or resting.</summary>
    public int Taken => _taken.Count;

    /// <summary>Takes a free block.</summary>
    /// <returns>False when chance finds none, which takes a million sessions.</returns>
    public bool TryTake(TimeSpan now, out Ssrc first)
    {
        Wake(now);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            first = new Ssrc((uint)RandomNumberGenerator.GetInt32(1, Blocks) * Ssrc.BlockSize);
            if (_taken.Add(first.Value))
            {
                return true;
            }
        }

        first = default;
        return false;
    }

    /// <summary>Lets a block rest, then frees it.</summary>
    public void Return(Ssrc first, TimeSpan now) => _resting.Enqueue((first.Value, now + _quarantine));

    private void Wake(TimeSpan now)
    {
        while (_resting.TryPeek(out var oldest) && oldest.FreeAt <= now)
        {
            _taken.Remove(_resting.Dequeue().First);
        }
    }
}
