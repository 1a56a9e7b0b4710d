using System.Buffers.Binary;
using System.Collections.Immutable;

namespace VoiceCluster.Client.Assets;

/// <summary>Some seconds of real speech as Opus frames, so that tools can send audio without an encoder.</summary>
/// <remarks>48 kHz, stereo, 20 ms per frame. How the file was made: README.md next to it.</remarks>
public static class SpeechAsset
{
    /// <summary>How long each frame plays.</summary>
    public static TimeSpan FrameDuration { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How far the RTP timestamp (48 kHz) moves from one frame to the next.</summary>
    public const uint TimestampStep = 960;

    /// <summary>The frame a speaker sends five of before it stops.</summary>
    public static ReadOnlyMemory<byte> Silence { get; } = new byte[] { 0xF8, 0xFF, 0xFE };

    /// <summary>The frames in playing order.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Frames => Loaded.Value;

    private static readonly Lazy<ImmutableArray<ReadOnlyMemory<byte>>> Loaded = new(Load);

    /// <summary>Splits a file of frames: each a 16-bit big-endian length and that many bytes.</summary>
    /// <param name="file">The whole file; the frames are views of it.</param>
    /// <param name="frames">All frames, or none if the file ends inside one or holds an empty one.</param>
    public static bool TrySplit(ReadOnlyMemory<byte> file, out ImmutableArray<ReadOnlyMemory<byte>> frames)
    {
        var builder = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        frames = [];
        while (!file.IsEmpty)
        {
            if (file.Length < sizeof(ushort))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(file.Span);
            file = file[sizeof(ushort)..];
            if (length == 0 || length > file.Length)
            {
                return false;
            }

            builder.Add(file[..length]);
            file = file[length..];
        }

        frames = builder.ToImmutable();
        return true;
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Load()
    {
        using var stream = typeof(SpeechAsset).Assembly.GetManifestResourceStream("speech.opusframes")
            ?? throw new InvalidOperationException("The speech asset is missing from this build of VoiceCluster.Client.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return TrySplit(file, out var frames)
            ? frames
            : throw new InvalidOperationException("The speech asset of this build of VoiceCluster.Client is damaged.");
    }
}
