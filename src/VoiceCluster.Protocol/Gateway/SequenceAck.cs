using System.Text.Json;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>The number of the last server message a client says it received, as in <c>seq_ack</c>.</summary>
/// <remarks>
/// Server messages are numbered with 16 bits, from 1, skipping 0. Some clients read the counter as a signed number,
/// so only the low 16 bits count. 0, which is also the default value, means that nothing was received yet;
/// -1 means the same unless message 65535 is among those that can be replayed.
/// </remarks>
public readonly record struct SequenceAck(long Value)
{
    /// <summary>The sequence number meant; 0 for none.</summary>
    public ushort Sequence => unchecked((ushort)Value);

    /// <summary>Tells whether this may stand for "nothing received yet".</summary>
    public bool MayBeNothing => Value == -1 || Sequence == 0;

    /// <summary>Reads the member <c>seq_ack</c> of an object; anything that is not an integer is "nothing yet".</summary>
    internal static SequenceAck Read(JsonElement parent) =>
        parent.Field("seq_ack") is { ValueKind: JsonValueKind.Number } field && field.TryGetInt64(out var value)
            ? new SequenceAck(value)
            : default;
}
