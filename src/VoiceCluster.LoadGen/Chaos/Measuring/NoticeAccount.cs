namespace VoiceCluster.LoadGen.Chaos.Measuring;

/// <summary>Counts what is missing and what came twice among the numbered messages of one backend's session. Any thread.</summary>
internal sealed class NoticeAccount
{
    private readonly Lock _gate = new();
    private long _last;

    /// <summary>Numbers that were left out.</summary>
    public long Lost { get; private set; }

    /// <summary>Numbers that came again.</summary>
    public long Duplicated { get; private set; }

    /// <summary>Messages that came.</summary>
    public long Received { get; private set; }

    /// <summary>Takes the number of a message: 1, 2, 3 and so on within a session.</summary>
    public void Take(long number)
    {
        lock (_gate)
        {
            Received++;
            Lost += Math.Max(0, number - _last - 1);
            Duplicated += number <= _last ? 1 : 0;
            _last = Math.Max(_last, number);
        }
    }

    /// <summary>Another session began.</summary>
    public void BeginSession()
    {
        lock (_gate)
        {
            _last = 0;
        }
    }
}
