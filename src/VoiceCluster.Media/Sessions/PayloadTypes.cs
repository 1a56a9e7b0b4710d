using System.Collections.Immutable;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Sessions;

/// <summary>What kind of media a packet carries.</summary>
internal enum MediaKind : byte
{
    Unknown,
    Audio,
    Video,
    Retransmission,
    Probe,
}

/// <summary>What a payload type means, in terms that hold for every session.</summary>
/// <param name="Kind">The kind of media.</param>
/// <param name="Codec">Index of the codec's name.</param>
internal readonly record struct PayloadMeaning(MediaKind Kind, byte Codec);

/// <summary>One client's payload types: what the numbers mean when it sends, and which number it wants when it receives.</summary>
internal sealed class PayloadTypes
{
    private const byte None = 0xFF;
    private const byte OpusCodec = 0;
    private static readonly string[] CodecNames = ["opus", "AV1", "H264", "H265", "VP8", "VP9"];

    private readonly PayloadMeaning[] _meanings = new PayloadMeaning[RtpPayloadType.Maximum + 1];
    private readonly byte[] _primary = new byte[CodecNames.Length];
    private readonly byte[] _retransmission = new byte[CodecNames.Length];

    private PayloadTypes(ImmutableArray<MediaCodec> codecs)
    {
        _primary.AsSpan().Fill(None);
        _retransmission.AsSpan().Fill(None);
        HasCodecList = !codecs.IsDefaultOrEmpty;
        foreach (var codec in HasCodecList ? codecs : [])
        {
            Add(codec);
        }

        // A list without Opus leaves voice where it is for everybody else.
        if (_primary[OpusCodec] == None)
        {
            Define(RtpPayloadType.Opus, new PayloadMeaning(MediaKind.Audio, OpusCodec), _primary);
        }

        _meanings[RtpPayloadType.Probe] = new PayloadMeaning(MediaKind.Probe, 0);
    }

    /// <summary>Whether the client sent a list. Those that did cope with header extensions, markers and RTCP.</summary>
    public bool HasCodecList { get; }

    /// <summary>Whether the client may send video.</summary>
    public bool HasVideo { get; private set; }

    /// <summary>Reads a client's list. Names that nobody here knows are passed over.</summary>
    public static PayloadTypes From(ImmutableArray<MediaCodec> codecs) => new(codecs);

    /// <summary>Says what a payload type (7 bits) means when this client sends it.</summary>
    public PayloadMeaning Classify(int payloadType) => _meanings[payloadType & RtpPayloadType.Maximum];

    /// <summary>Finds the payload type under which this client receives something.</summary>
    public bool TryFind(PayloadMeaning meaning, out byte payloadType)
    {
        payloadType = (meaning.Kind == MediaKind.Retransmission ? _retransmission : _primary)[meaning.Codec];
        return payloadType != None;
    }

    private void Add(MediaCodec codec)
    {
        var index = Array.FindIndex(CodecNames, name => string.Equals(name, codec.Name, StringComparison.OrdinalIgnoreCase));
        if (index < 0 || codec.IsVideo == (index == OpusCodec))
        {
            return;
        }

        HasVideo |= codec.IsVideo;
        Define(codec.PayloadType, new PayloadMeaning(codec.IsVideo ? MediaKind.Video : MediaKind.Audio, (byte)index), _primary);
        if (codec.RetransmissionPayloadType is { } retransmission)
        {
            Define(retransmission, new PayloadMeaning(MediaKind.Retransmission, (byte)index), _retransmission);
        }
    }

    // The first of several entries for one codec is the one that the client prefers.
    private void Define(int payloadType, PayloadMeaning meaning, byte[] numbers)
    {
        if (payloadType is < 0 or > RtpPayloadType.Maximum or RtpPayloadType.Probe || _meanings[payloadType].Kind != MediaKind.Unknown)
        {
            return;
        }

        _meanings[payloadType] = meaning;
        if (numbers[meaning.Codec] == None)
        {
            numbers[meaning.Codec] = (byte)payloadType;
        }
    }
}
