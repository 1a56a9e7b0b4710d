using System.Globalization;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>A version of the voice gateway, 1 to 9, and what that version means on the wire.</summary>
/// <remarks>The default value behaves as version 1. Source: Discord "Voice Connections", Voice Gateway Versioning, and its history.</remarks>
public readonly record struct VoiceGatewayVersion
{
    /// <summary>The oldest version served.</summary>
    public const int Oldest = 1;

    /// <summary>The newest version served.</summary>
    public const int Newest = 9;

    private readonly byte _aboveOldest;

    /// <summary>Makes a version from its number; only for numbers that are known to be in range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not from 1 to 9.</exception>
    public VoiceGatewayVersion(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, Oldest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Newest);
        _aboveOldest = (byte)(number - Oldest);
    }

    /// <summary>The number as in the query of the URL.</summary>
    public int Number => _aboveOldest + Oldest;

    /// <summary>HELLO is one flat object without opcode.</summary>
    public bool FlatHello => Number <= 2;

    /// <summary>Speaking is a boolean in both directions.</summary>
    public bool BooleanSpeaking => Number <= 3;

    /// <summary>READY repeats the heartbeat interval; clients of these versions divide by it or hand it to a ticker.</summary>
    public bool HeartbeatIntervalInReady => Number <= 3;

    /// <summary>Opcode 15 exists.</summary>
    public bool MediaSinkWants => Number >= 5;

    /// <summary>Server messages are numbered and a resume replays them.</summary>
    public bool SequenceNumbers => Number >= 8;

    /// <summary>Heartbeat and ack are objects with the nonce in <c>t</c>.</summary>
    public bool HeartbeatObject => Number >= 8;

    /// <summary>Identify and resume carry the channel.</summary>
    public bool ChannelInIdentify => Number >= 9;

    /// <summary>The opcode that answers a heartbeat.</summary>
    public VoiceOpcode HeartbeatAckOpcode => Number == 1 ? VoiceOpcode.Heartbeat : VoiceOpcode.HeartbeatAck;

    /// <summary>Tells whether messages written for this version read the same at <paramref name="other"/>.</summary>
    public bool HasSameEventsAs(VoiceGatewayVersion other) =>
        SequenceNumbers == other.SequenceNumbers
        && BooleanSpeaking == other.BooleanSpeaking
        && MediaSinkWants == other.MediaSinkWants;

    /// <summary>Reads the query item <c>v</c>.</summary>
    /// <remarks>
    /// Missing text and text that is no number mean version 1, which is how clients that never say one behave.
    /// A number outside 1 to 9 is refused: the socket is to be closed with <see cref="VoiceCloseCode.BadRequest"/>.
    /// </remarks>
    /// <returns>Whether the version is served; if not, <paramref name="version"/> is the oldest.</returns>
    public static bool TryParseQueryValue(string? text, out VoiceGatewayVersion version)
    {
        version = default;
        if (!Int128.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number))
        {
            return !IsHugeNumber(text);
        }

        if (number < Oldest || number > Newest)
        {
            return false;
        }

        version = new VoiceGatewayVersion((int)number);
        return true;
    }

    /// <inheritdoc />
    public override string ToString() => $"v{Number}";

    private static bool IsHugeNumber(string? text) =>
        !string.IsNullOrEmpty(text) && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
}
