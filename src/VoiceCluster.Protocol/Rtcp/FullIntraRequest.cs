using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>One entry of a <see cref="FullIntraRequest"/>.</summary>
/// <param name="Ssrc">Who is to send a key frame.</param>
/// <param name="CommandSequence">Raised with each new request; a repeated one asks for nothing new.</param>
public readonly record struct FullIntraRequestEntry(Ssrc Ssrc, byte CommandSequence)
{
    /// <summary>Bytes on the wire, three of them reserved.</summary>
    public const int Length = 8;
}

/// <summary>Commands video senders to send a key frame (RFC 5104 section 4.3.1).</summary>
/// <remarks>
/// <code>
/// | header: format 4, type 206 | sender SSRC | 0 | entries: SSRC 32, command sequence 8, reserved 24 |
/// </code>
/// </remarks>
public readonly ref struct FullIntraRequest
{
    private readonly ReadOnlySpan<byte> _entries;

    private FullIntraRequest(FeedbackSources sources, ReadOnlySpan<byte> entries)
    {
        Sources = sources;
        _entries = entries;
    }

    /// <summary>Who commands; the media source is 0 by the specification.</summary>
    public FeedbackSources Sources { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Length / FullIntraRequestEntry.Length;

    /// <summary>One entry.</summary>
    public FullIntraRequestEntry this[int index]
    {
        get
        {
            var entry = _entries[(index * FullIntraRequestEntry.Length)..];
            return new FullIntraRequestEntry(new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(entry)), entry[4]);
        }
    }

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out FullIntraRequest request)
    {
        var isRequest = FeedbackSources.TryRead(
            packet, RtcpPacketType.PayloadFeedback, RtcpFeedbackFormat.FullIntraRequest, out var sources, out var entries);
        request = isRequest ? new FullIntraRequest(sources, entries) : default;
        return isRequest;
    }
}
