namespace VoiceCluster.Protocol.Relay;

/// <summary>What the header of a relayed packet says in single bits.</summary>
[Flags]
public enum RelayFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>The sender set the RTP marker.</summary>
    Marker = 1,

    /// <summary>The sender starts over with this packet.</summary>
    Restart = 2,

    /// <summary>A header extension block precedes the payload.</summary>
    Extension = 4,

    /// <summary>The body begins with the frame before this one, behind a <see cref="PreviousFrame"/>.</summary>
    Previous = 8,

    /// <summary>All that are defined.</summary>
    All = Marker | Restart | Extension | Previous,
}
