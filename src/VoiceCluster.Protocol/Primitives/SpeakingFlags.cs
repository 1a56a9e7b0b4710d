namespace VoiceCluster.Protocol.Primitives;

/// <summary>What a speaker sends, as the mask of voice gateway opcode 5.</summary>
[Flags]
public enum SpeakingFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The microphone.</summary>
    Voice = 1,

    /// <summary>Sound of a shared stream.</summary>
    Soundshare = 2,

    /// <summary>Priority speaker: others are lowered.</summary>
    Priority = 4,
}
