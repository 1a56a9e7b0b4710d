namespace VoiceCluster.Udp.Linux;

/// <summary>Gets a batch sent, whatever single datagrams of it meet: each goes out once at most, and what does not is counted by its reason.</summary>
internal static class SendLoop
{
    /// <summary>Sends datagrams from one on.</summary>
    /// <param name="first">Counted from 0.</param>
    /// <param name="count">How many there are from it on.</param>
    /// <returns>How many went out, at least 1; if not even the first did, minus the number of the error.</returns>
    public delegate int SendFrom(int first, int count);

    /// <summary>Sends so many datagrams. Never waits.</summary>
    public static void Run(int count, SendFrom send, DatagramSocketCounters counters)
    {
        var next = 0;
        while (next < count)
        {
            // When some went out, nobody says why the one behind them did not: it is the first of the next call then, which fails with the reason.
            var sent = send(next, count - next);
            next += sent > 0 ? sent : Skip(-sent, count - next, counters);
        }
    }

    private static int Skip(int error, int rest, DatagramSocketCounters counters)
    {
        switch (error)
        {
            case LibC.ErrorInterrupted:
                return 0;
            case LibC.ErrorTryAgain or LibC.ErrorNoBuffers:
                // Voice that has to wait is late already, and the rest of the batch would meet the same full buffer.
                counters.CountSendBufferFull(rest);
                return rest;
            case LibC.ErrorNetworkDown or LibC.ErrorNetworkUnreachable or LibC.ErrorConnectionRefused or LibC.ErrorHostDown or LibC.ErrorHostUnreachable:
                counters.CountSendUnreachable();
                return 1;
            default:
                counters.CountSendFailure();
                return 1;
        }
    }
}
