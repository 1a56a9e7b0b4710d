using VoiceCluster.Crypto;

namespace VoiceCluster.Media.Sessions;

/// <summary>Counts the nonces that the server uses under one key: never one of them twice, over all sources and reports.</summary>
/// <remarks>
/// The worker reserves blocks of 2^18 and counts inside them. A worker that starts again does not know how far it got, so it goes on with
/// the next block. Only the worker's thread counts; <see cref="ReservedEnd"/> may be read from any.
/// </remarks>
internal sealed class NonceCounter
{
    public const uint BlockSize = 1 << 18;
    public const uint Limit = ServerNonceSuffix.CounterLimit;

    private uint _next;
    private uint _reservedEnd;

    public NonceCounter()
    {
    }

    /// <summary>Begins at a block other than the first.</summary>
    public NonceCounter(uint firstBlock) => _next = _reservedEnd = firstBlock * BlockSize;

    /// <summary>One past the highest counter that may have been used.</summary>
    public uint ReservedEnd => Volatile.Read(ref _reservedEnd);

    /// <summary>True from the moment on that the last block is in use: the session needs a new key.</summary>
    public bool IsNearlyUsedUp => _reservedEnd == Limit;

    /// <summary>Takes a counter that was never taken before.</summary>
    /// <returns>False when there is none left.</returns>
    public bool TryTake(out uint counter)
    {
        counter = _next;
        if (_next == _reservedEnd)
        {
            if (_reservedEnd == Limit)
            {
                return false;
            }

            Volatile.Write(ref _reservedEnd, _reservedEnd + BlockSize);
        }

        _next++;
        return true;
    }

    /// <summary>Gives up what is left of the block, because it is not certain how much was used.</summary>
    public void SkipToNextBlock() => _next = _reservedEnd;
}
