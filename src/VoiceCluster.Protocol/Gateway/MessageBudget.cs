namespace VoiceCluster.Protocol.Gateway;

/// <summary>Two token buckets, one for bursts and one for the average, that a message must both pass.</summary>
internal sealed class MessageBudget(int perMinute, int perSecond, TimeSpan now)
{
    private double _minuteTokens = perMinute;
    private double _secondTokens = perSecond;
    private TimeSpan _refilledAt = now;

    /// <summary>Takes one message from both; false if either is empty.</summary>
    public bool TryTake(TimeSpan now)
    {
        Refill(now);
        if (_minuteTokens < 1 || _secondTokens < 1)
        {
            return false;
        }

        _minuteTokens--;
        _secondTokens--;
        return true;
    }

    private void Refill(TimeSpan now)
    {
        var elapsed = Math.Max(0, (now - _refilledAt).TotalSeconds);
        _minuteTokens = Math.Min(perMinute, _minuteTokens + (elapsed * perMinute / 60));
        _secondTokens = Math.Min(perSecond, _secondTokens + (elapsed * perSecond));
        _refilledAt = now;
    }
}
