using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Calls;

/// <summary>What one user of a test call has sent and heard.</summary>
/// <param name="UserId">The user.</param>
/// <param name="IsSpeaker">Whether it speaks.</param>
/// <param name="Sent">Frames sent.</param>
/// <param name="Expected">Frames that the others have sent, all of which are to be heard.</param>
/// <param name="Received">Frames heard, each once.</param>
/// <param name="Reordered">Those of them that came after a newer one.</param>
/// <param name="Duplicates">Frames heard again.</param>
/// <param name="Wrong">Packets whose bytes, number, time, type or source are not those of a frame that was sent.</param>
/// <param name="Unattributed">Frames from a source that the server had not said whose it is: usual clients drop them.</param>
/// <param name="NotAuthentic">Datagrams that did not open under the session's key.</param>
/// <param name="DelayP50">Time from sending to hearing that half of the frames do not exceed.</param>
/// <param name="DelayP99">Time that 99 of 100 frames do not exceed.</param>
public sealed record CallFigures(
    Snowflake UserId,
    bool IsSpeaker,
    long Sent,
    long Expected,
    long Received,
    long Reordered,
    long Duplicates,
    long Wrong,
    long Unattributed,
    long NotAuthentic,
    TimeSpan DelayP50,
    TimeSpan DelayP99)
{
    /// <summary>Frames that were not heard, or not yet.</summary>
    public long Missing => Math.Max(0, Expected - Received);
}
