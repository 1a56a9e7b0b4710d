using VoiceCluster.Crypto;

namespace VoiceCluster.Media.Sessions;

/// <summary>Counts the nonces that the server uses under one key: never one of them twice, over all sources and reports.</summary>
/// <remarks>
/// The worker reserves blocks of 2^18 and counts inside them. A worker that starts again does not know how far it got, so it goes on with
/// the next block. Mutable: keep it in a field. One thread.
/// </remarks>
internal struct NonceCounter
{
    public const uint BlockSize = 1 << 18;
    public const uint Limit = ServerNonceSuffix.CounterLimit;

    private uint _next;

    /// <summary>Begins at a block other than the first.</summary>
    public NonceCounter(uint firstBlock) => _next = ReservedEnd = firstBlock * BlockSize;

    /// <summary>One past the highest counter that may have been used.</summary>
    public uint ReservedEnd { get; private set; }

    /// <summary>True from the moment on that the last block is in use: the session needs a new key.</summary>
    public readonly bool IsNearlyUsedUp => ReservedEnd == Limit;

    /// <summary>Takes a counter that was never taken before.</summary>
    /// <returns>False when there is none left.</returns>
    public bool TryTake(out uint counter)
    {
        counter = _next;
        if (_next == ReservedEnd)
        {
            if (ReservedEnd == Limit)
            {
                return false;
            }

            ReservedEnd += BlockSize;
        }

        _next++;
        return true;
    }

    /// <summary>Gives up what is left of the block, because it is not certain how much was used.</summary>
    public void SkipToNextBlock() => _next = ReservedEnd;
}
