using VoiceCluster.Client.Pacing;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Puts the load of a measurement, or the packets of a verification, on a peer that is ready.</summary>
internal static class PeerRun
{
    /// <summary>How many packets each speaker sends in a verification.</summary>
    private const int VerifiedPacketsPerSpeaker = 25;

    /// <summary>Runs on a thread of its own, so that packets leave on time.</summary>
    /// <param name="traffic">The users.</param>
    /// <param name="serverProcess">Whose processor time is read.</param>
    public static Task<PeerFigures> RunAsync(IPeerTraffic traffic, int serverProcess, PeerLoad load, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () => load.Verify ? Verify(traffic, load, cancellation) : Measure(traffic, serverProcess, load, cancellation),
            cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private static PeerFigures Measure(IPeerTraffic traffic, int serverProcess, PeerLoad load, CancellationToken cancellation)
    {
        traffic.DropCopies();
        var rate = load.PacketsPerSecond * traffic.Speakers;
        Pace(traffic, (long)(rate * load.WarmUp.TotalSeconds), rate, cancellation);
        var before = Reading.Take(serverProcess);
        var sent = (long)(rate * load.Window.TotalSeconds);
        Pace(traffic, sent, rate, cancellation);
        var after = Reading.Take(serverProcess);
        return new PeerFigures(
            after.Cpu - before.Cpu, sent, sent * load.FanOut, after.Datagrams - before.Datagrams - sent, Wrong: 0, after.Time - before.Time);
    }

    private static PeerFigures Verify(IPeerTraffic traffic, PeerLoad load, CancellationToken cancellation)
    {
        var begun = TimeProvider.System.Now();
        var packets = VerifiedPacketsPerSpeaker * traffic.Speakers;
        long right = 0, wrong = 0;
        for (var packet = 0; packet < packets; packet++)
        {
            cancellation.ThrowIfCancellationRequested();
            var speaker = packet % traffic.Speakers;
            traffic.Send(speaker);
            var copies = traffic.Collect(speaker);
            right += copies.Right;
            wrong += copies.Wrong;
        }

        return new PeerFigures(0, packets, (long)packets * load.FanOut, right, wrong, TimeProvider.System.Now() - begun);
    }

    // Ends when the time of the packet after the last has come, so that the server had its share of time for each of them.
    private static void Pace(IPeerTraffic traffic, long packets, double rate, CancellationToken cancellation)
    {
        var start = TimeProvider.System.Now();
        for (long packet = 0; packet < packets; packet++)
        {
            traffic.Send((int)(packet % traffic.Speakers));
            ExactWait.Until(start + TimeSpan.FromSeconds((packet + 1) / rate), cancellation);
        }
    }

    private readonly record struct Reading(long Cpu, long Datagrams, TimeSpan Time)
    {
        public static Reading Take(int process) =>
            new(ProcessTime.ReadNanoseconds(process), KernelDatagrams.ReadSent(), TimeProvider.System.Now());
    }
}
