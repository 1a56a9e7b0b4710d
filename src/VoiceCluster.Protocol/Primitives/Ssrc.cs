using System.Globalization;

namespace VoiceCluster.Protocol.Primitives;

/// <summary>A synchronization source identifier (RFC 3550 section 3).</summary>
/// <remarks>
/// Assigned ones are from 1 to 2^24-1, in blocks: clients with signed integers cope, and the oldest IP discovery
/// requests, which begin with the SSRC, stay apart from RTP. The default value (0) is no source.
/// </remarks>
public readonly record struct Ssrc(uint Value)
{
    /// <summary>Sources given to one session: audio at offset 0, then video and its retransmission in pairs.</summary>
    public const int BlockSize = 16;

    /// <summary>One past the highest value an assigned source may have.</summary>
    public const uint AssignableLimit = 1u << 24;

    /// <summary>The block's video source: the audio source plus one.</summary>
    public Ssrc Video => new(Value + 1);

    /// <summary>The block's retransmission source: always its video source plus one.</summary>
    public Ssrc Retransmission => new(Value + 2);

    /// <summary>Tells whether <paramref name="other"/> lies in the block that begins at this source.</summary>
    public bool BlockContains(Ssrc other) => other.Value - Value < BlockSize;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
