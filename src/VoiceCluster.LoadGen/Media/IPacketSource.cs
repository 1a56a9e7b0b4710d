using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Somebody who sends packets, one per turn. Called from one thread.</summary>
internal interface IPacketSource
{
    /// <summary>Writes the next packet into the next slot and commits it, or lets the turn pass. There is room for one.</summary>
    /// <param name="slots">Where to.</param>
    /// <param name="unixNanoseconds">The time, for what carries it.</param>
    void WriteNext(DatagramSlots slots, long unixNanoseconds);
}
