using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Media.Relay;

/// <summary>A copy of the counts of one link, as one of its ends sees them.</summary>
/// <param name="Peer">The other worker.</param>
/// <param name="Sent">Packets sealed for it.</param>
/// <param name="Received">Authentic packets of it, each once.</param>
/// <param name="Lost">Numbers below the highest received that have not come.</param>
/// <param name="Reordered">Packets that came after one with a higher number.</param>
public readonly record struct RelayLinkStatistics(WorkerId Peer, long Sent, long Received, long Lost, long Reordered);
