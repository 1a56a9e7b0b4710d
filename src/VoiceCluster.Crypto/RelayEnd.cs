namespace VoiceCluster.Crypto;

/// <summary>One end of a relay link: one packet loop in one life of a node.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Incarnation">Which of its lives.</param>
/// <param name="Worker">The loop's index.</param>
public readonly record struct RelayEnd(string Node, long Incarnation, int Worker);
