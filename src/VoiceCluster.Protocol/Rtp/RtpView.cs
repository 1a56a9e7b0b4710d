using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtp;

/// <summary>A plain (already opened) RTP packet seen in place; nothing is copied.</summary>
/// <remarks>
/// <code>
/// | fixed header 12 | CSRC 4 * CC | if X: profile 2, words 2, elements 4 * words | payload | if P: padding, last byte = count |
/// </code>
/// Valid as long as the buffer it was parsed from is. Source: RFC 3550 section 5.
/// </remarks>
public readonly ref struct RtpView
{
    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _headerLength;
    private readonly int _paddingLength;

    private RtpView(ReadOnlySpan<byte> packet, RtpHeader header, int headerLength, int paddingLength)
    {
        _packet = packet;
        Header = header;
        _headerLength = headerLength;
        _paddingLength = paddingLength;
    }

    /// <summary>The fixed header.</summary>
    public RtpHeader Header { get; }

    /// <inheritdoc cref="RtpHeader.Marker"/>
    public bool Marker => Header.Marker;

    /// <inheritdoc cref="RtpHeader.PayloadType"/>
    public byte PayloadType => Header.PayloadType;

    /// <inheritdoc cref="RtpHeader.SequenceNumber"/>
    public ushort SequenceNumber => Header.SequenceNumber;

    /// <inheritdoc cref="RtpHeader.Timestamp"/>
    public uint Timestamp => Header.Timestamp;

    /// <inheritdoc cref="RtpHeader.Ssrc"/>
    public Ssrc Ssrc => Header.Ssrc;

    /// <inheritdoc cref="RtpHeader.CsrcCount"/>
    public int CsrcCount => Header.CsrcCount;

    /// <summary>The whole packet.</summary>
    public ReadOnlySpan<byte> Packet => _packet;

    /// <summary>Everything behind the fixed header: contributing sources, extension block, payload, padding.</summary>
    public ReadOnlySpan<byte> Body => _packet[RtpHeader.Length..];

    /// <summary>The extension block; empty if there is none.</summary>
    public HeaderExtensions Extensions
    {
        get
        {
            if (!Header.Extension)
            {
                return default;
            }

            var preamble = RtpHeader.Length + (RtpHeader.CsrcLength * CsrcCount);
            var profile = BinaryPrimitives.ReadUInt16BigEndian(_packet[preamble..]);
            return new HeaderExtensions(profile, _packet[(preamble + RtpHeader.ExtensionPreambleLength).._headerLength]);
        }
    }

    /// <summary>The payload without padding; may be empty.</summary>
    public ReadOnlySpan<byte> Payload => _packet[_headerLength..^_paddingLength];

    /// <summary>Bytes of padding behind the payload, 0 to 255.</summary>
    public int PaddingLength => _paddingLength;

    /// <summary>Looks at a plain packet.</summary>
    /// <returns>False, and a reason, if it is malformed; <paramref name="view"/> must not be used then.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out RtpView view, out RtpError error)
    {
        view = default;
        error = Measure(packet, out var header, out var headerLength, out var paddingLength);
        if (error != RtpError.None)
        {
            return false;
        }

        view = new RtpView(packet, header, headerLength, paddingLength);
        return true;
    }

    /// <summary>A contributing source.</summary>
    /// <param name="index">From 0 to <see cref="CsrcCount"/> - 1.</param>
    public Ssrc Csrc(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)CsrcCount, nameof(index));
        return new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(_packet[(RtpHeader.Length + (RtpHeader.CsrcLength * index))..]));
    }

    private static RtpError Measure(ReadOnlySpan<byte> packet, out RtpHeader header, out int headerLength, out int paddingLength)
    {
        headerLength = 0;
        paddingLength = 0;
        if (!RtpHeader.TryRead(packet, out header))
        {
            return packet.Length < RtpHeader.Length ? RtpError.TooShort : RtpError.UnsupportedVersion;
        }

        headerLength = RtpHeader.RtpSizeLength(packet[0]);
        if (packet.Length < headerLength)
        {
            return RtpError.TooShort;
        }

        if (header.Extension)
        {
            headerLength += 4 * BinaryPrimitives.ReadUInt16BigEndian(packet[(headerLength - 2)..]);
        }

        if (packet.Length < headerLength)
        {
            return RtpError.TooShort;
        }

        return header.Padding ? MeasurePadding(packet[headerLength..], out paddingLength) : RtpError.None;
    }

    private static RtpError MeasurePadding(ReadOnlySpan<byte> payload, out int paddingLength)
    {
        paddingLength = payload.IsEmpty ? 0 : payload[^1];
        return paddingLength == 0 || paddingLength > payload.Length ? RtpError.BadPadding : RtpError.None;
    }
}
