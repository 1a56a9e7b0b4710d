namespace VoiceCluster.Media.Sessions;

/// <summary>The last nonces of one client, for the modes in which nothing else gives a replay away: their headers are not authenticated.</summary>
/// <remarks>One session, one thread. Looking one up costs about as much as a tenth of opening a packet.</remarks>
internal sealed class NonceMemory
{
    /// <summary>How many are kept: twenty seconds of voice.</summary>
    public const int Length = 1024;

    private readonly ulong[] _nonces = new ulong[Length];
    private int _count;
    private int _next;

    /// <summary>Keeps a nonce; the oldest is forgotten for it.</summary>
    /// <returns>False if it is kept already.</returns>
    public bool TryAdd(ulong nonce)
    {
        if (_nonces.AsSpan(0, _count).Contains(nonce))
        {
            return false;
        }

        _nonces[_next] = nonce;
        _next = (_next + 1) % Length;
        _count = Math.Max(_count, _next == 0 ? Length : _next);
        return true;
    }
}
