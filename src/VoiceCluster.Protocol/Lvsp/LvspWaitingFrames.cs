namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Counts the frames that a socket has been given and has not taken yet. Not thread safe.</summary>
/// <param name="maxMessages">How many may wait.</param>
/// <param name="maxBytes">How many bytes they may have together.</param>
internal sealed class LvspWaitingFrames(int maxMessages, int maxBytes)
{
    private readonly Queue<(int Length, bool IsLimited)> _frames = new();
    private int _messages;
    private int _bytes;

    /// <summary>A frame goes out.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="isLimited">Whether it counts.</param>
    /// <returns>False when too much waits now.</returns>
    public bool TryAdd(int length, bool isLimited)
    {
        _frames.Enqueue((length, isLimited));
        if (!isLimited)
        {
            return true;
        }

        _messages++;
        _bytes += length;
        return _messages <= maxMessages && _bytes <= maxBytes;
    }

    /// <summary>The socket has taken the oldest.</summary>
    public void HandleSent()
    {
        if (_frames.TryDequeue(out var sent) && sent.IsLimited)
        {
            _messages--;
            _bytes -= sent.Length;
        }
    }
}
