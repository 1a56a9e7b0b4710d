using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>What the system granted a packet loop's thread.</summary>
/// <param name="Urgency">How it is scheduled.</param>
/// <param name="Core">The core that it is kept on; null if it may go anywhere.</param>
public sealed record ThreadSetup(ThreadUrgency Urgency, int? Core)
{
    /// <summary>Asks for what the options say, for the calling thread. What is not granted is done without.</summary>
    internal static ThreadSetup Apply(MediaOptions options, int worker)
    {
        var core = options.Cores.IsDefaultOrEmpty ? (int?)null : options.Cores[worker % options.Cores.Length];
        var isPinned = core is { } wanted && PacketThread.TryPin(wanted);
        return new ThreadSetup(PacketThread.Raise(options.Urgency), isPinned ? core : null);
    }
}
