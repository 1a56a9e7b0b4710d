using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Reads a server that tells nothing of itself.</summary>
internal static class PeerReading
{
    /// <summary>Reads what the kernel knows.</summary>
    public static ForwarderReading Take(int process, IEnumerable<PeerSpeaker> speakers)
    {
        var packets = speakers.Sum(speaker => (long)speaker.Written);
        var all = KernelDatagrams.ReadSent();
        return new ForwarderReading
        {
            CpuNanoseconds = MachineClock.CpuNanoseconds(process),
            Received = packets,
            Sent = all - packets,
            MonotonicNanoseconds = MachineClock.MonotonicNanoseconds(),
            MachineSent = all,
            ResidentBytes = KernelCounters.ResidentBytes(process),
        };
    }
}
