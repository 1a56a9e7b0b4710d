using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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

/// <summary>One client's payload types: what the numbers mean when it sends, and which number it wants when it receives. Immutable.</summary>
internal sealed class PayloadTypes
{
    /// <summary>How many codecs are known; their indexes are the same on every node.</summary>
    public const int CodecCount = PayloadTypeNumbers.Codecs;

    private const byte OpusCodec = 0;
    private static readonly string[] CodecNames = ["opus", "AV1", "H264", "H265", "VP8", "VP9"];
    private static readonly PayloadTypes WithoutList = new([]);

    private readonly PayloadMeaning[] _meanings = new PayloadMeaning[RtpPayloadType.Maximum + 1];
    private PayloadTypeNumbers _numbers = PayloadTypeNumbers.None;

    private PayloadTypes(ImmutableArray<MediaCodec> codecs)
    {
        HasCodecList = !codecs.IsDefaultOrEmpty;
        foreach (var codec in HasCodecList ? codecs : [])
        {
            Add(codec);
        }

        // A list without Opus leaves voice where it is for everybody else.
        var voice = new PayloadMeaning(MediaKind.Audio, OpusCodec);
        if (!_numbers.TryFind(voice, out _))
        {
            Define(RtpPayloadType.Opus, voice);
        }

        _meanings[RtpPayloadType.Probe] = new PayloadMeaning(MediaKind.Probe, 0);
    }

    /// <summary>Whether the client sent a list. Those that did cope with header extensions, markers and RTCP.</summary>
    public bool HasCodecList { get; }

    /// <summary>The numbers it wants.</summary>
    public PayloadTypeNumbers Numbers => _numbers;

    /// <summary>Whether the client may send video.</summary>
    public bool HasVideo { get; private set; }

    /// <summary>Reads a client's list. Names that nobody here knows are passed over.</summary>
    public static PayloadTypes From(ImmutableArray<MediaCodec> codecs) => codecs.IsDefaultOrEmpty ? WithoutList : new(codecs);

    /// <summary>Says what a payload type (7 bits) means when this client sends it.</summary>
    public PayloadMeaning Classify(int payloadType) => _meanings[payloadType & RtpPayloadType.Maximum];

    /// <summary>Finds the payload type under which this client receives something.</summary>
    public bool TryFind(PayloadMeaning meaning, out byte payloadType) => _numbers.TryFind(meaning, out payloadType);

    private void Add(MediaCodec codec)
    {
        var index = Array.FindIndex(CodecNames, name => string.Equals(name, codec.Name, StringComparison.OrdinalIgnoreCase));
        if (index < 0 || codec.IsVideo == (index == OpusCodec))
        {
            return;
        }

        HasVideo |= codec.IsVideo;
        Define(codec.PayloadType, new PayloadMeaning(codec.IsVideo ? MediaKind.Video : MediaKind.Audio, (byte)index));
        if (codec.RetransmissionPayloadType is { } retransmission)
        {
            Define(retransmission, new PayloadMeaning(MediaKind.Retransmission, (byte)index));
        }
    }

    // The first of several entries for one codec is the one that the client prefers.
    private void Define(int payloadType, PayloadMeaning meaning)
    {
        if (payloadType is < 0 or > RtpPayloadType.Maximum or RtpPayloadType.Probe || _meanings[payloadType].Kind != MediaKind.Unknown)
        {
            return;
        }

        _meanings[payloadType] = meaning;
        if (!_numbers.TryFind(meaning, out _))
        {
            _numbers.Set(meaning, (byte)payloadType);
        }
    }
}

/// <summary>A payload type for each meaning: first those of the codecs, then those of their retransmissions.</summary>
[InlineArray(2 * Codecs)]
internal struct PayloadTypeNumbers
{
    /// <summary>How many codecs there are.</summary>
    public const int Codecs = 6;

    private const byte Missing = 0xFF;

    private byte _first;

    /// <summary>No meaning has a number.</summary>
    public static PayloadTypeNumbers None
    {
        get
        {
            var none = default(PayloadTypeNumbers);
            ((Span<byte>)none).Fill(Missing);
            return none;
        }
    }

    /// <summary>Finds the number of a meaning.</summary>
    public readonly bool TryFind(PayloadMeaning meaning, out byte payloadType)
    {
        payloadType = this[Index(meaning)];
        return payloadType != Missing;
    }

    /// <summary>Gives a meaning its number.</summary>
    public void Set(PayloadMeaning meaning, byte payloadType) => this[Index(meaning)] = payloadType;

    private static int Index(PayloadMeaning meaning) => meaning.Codec + (meaning.Kind == MediaKind.Retransmission ? Codecs : 0);
}
