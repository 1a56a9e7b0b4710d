using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>Keeps the rounds of a packet loop apart, so that packets gather meanwhile and are sent together.</summary>
/// <remarks>A packet that comes when the last round is long over still goes out at once, and whoever has more to do than fits one round does not rest.</remarks>
/// <param name="interval">From the beginning of one round to that of the next, at least; 0 for rounds that follow at once.</param>
internal sealed class RoundPace(TimeSpan interval)
{
    /// <summary>How long to rest after a round.</summary>
    /// <param name="began">When it began, in ticks.</param>
    /// <param name="ended">When it ended.</param>
    /// <param name="batch">What it took in.</param>
    /// <param name="relayed">What it took in of other workers.</param>
    public TimeSpan RestAfter(long began, long ended, ReceiveBatch batch, ReceiveBatch? relayed)
    {
        var isIdle = batch.Count == 0 && relayed is null or { Count: 0 };
        return isIdle || IsFull(batch) || (relayed is not null && IsFull(relayed)) ? TimeSpan.Zero : Later(TimeSpan.Zero, interval - TimeSpan.FromTicks(ended - began));
    }

    private static bool IsFull(ReceiveBatch batch) => batch.Count == batch.Capacity;

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
