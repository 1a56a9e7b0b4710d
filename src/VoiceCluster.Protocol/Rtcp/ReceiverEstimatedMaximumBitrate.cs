using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>REMB: the most a receiver believes its path can carry (draft-alvestrand-rmcat-remb-03 section 2.2).</summary>
/// <remarks>
/// <code>
/// | header: format 15, type 206 | sender SSRC | 0 | "REMB" | sources 8, exponent 6, mantissa 18 | SSRC * sources |
/// </code>
/// </remarks>
public readonly ref struct ReceiverEstimatedMaximumBitrate
{
    private const uint UniqueIdentifier = 0x52454D42;
    private const int FixedLength = 8;

    private readonly ReadOnlySpan<byte> _media;

    private ReceiverEstimatedMaximumBitrate(FeedbackSources sources, uint exponentAndMantissa, ReadOnlySpan<byte> media)
    {
        Sources = sources;
        BitsPerSecond = Scale(exponentAndMantissa & 0x3FFFF, (int)(exponentAndMantissa >> 18) & 0x3F);
        _media = media;
    }

    /// <summary>Who estimates; the media source is 0 by the specification.</summary>
    public FeedbackSources Sources { get; }

    /// <summary>The estimate; the largest value if it exceeds 64 bits.</summary>
    public ulong BitsPerSecond { get; }

    /// <summary>How many media sources the estimate is the sum for.</summary>
    public int Count => _media.Length / 4;

    /// <summary>One of those sources.</summary>
    public Ssrc this[int index] => new(BinaryPrimitives.ReadUInt32BigEndian(_media[(index * 4)..]));

    /// <summary>Reads the packet; false if it is of another type, another application's, or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out ReceiverEstimatedMaximumBitrate estimate)
    {
        estimate = default;
        if (!FeedbackSources.TryRead(
                packet, RtcpPacketType.PayloadFeedback, RtcpFeedbackFormat.ApplicationLayer, out var sources, out var information)
            || information.Length < FixedLength
            || BinaryPrimitives.ReadUInt32BigEndian(information) != UniqueIdentifier
            || information.Length < FixedLength + (4 * information[4]))
        {
            return false;
        }

        estimate = new ReceiverEstimatedMaximumBitrate(
            sources, BinaryPrimitives.ReadUInt32BigEndian(information[4..]), information.Slice(FixedLength, 4 * information[4]));
        return true;
    }

    private static ulong Scale(ulong mantissa, int exponent) =>
        mantissa << exponent >> exponent == mantissa ? mantissa << exponent : ulong.MaxValue;
}
