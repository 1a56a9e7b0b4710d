using VoiceCluster.LoadGen.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>How hard to drive a server so that figures of different machines mean the same.</summary>
internal static class Load
{
    /// <summary>The most that one speaker sends a second: 500 packets of 160 bytes are the bitrate a channel may have at most.</summary>
    public const double MostPerSpeaker = 500;

    private const double DryCopies = 3_000;

    /// <summary>
    /// Packets a second at which the server uses a share of a core, by what a copy cost in a short trial. The dry bench has a fixed low rate.
    /// </summary>
    public static async Task<double> PacketsPerSecondAsync(BenchOptions options, Arena arena, double share, CancellationToken cancellation)
    {
        if (options.Size == BenchSize.Dry)
        {
            return Limit(arena.Shape, DryCopies / arena.Shape.FanOut);
        }

        const double TrialCopies = 60_000;
        var trial = await arena.MeasureAsync(Limit(arena.Shape, TrialCopies / arena.Shape.FanOut), cancellation);
        return Limit(arena.Shape, CopiesAt(share, trial.NanosecondsPerCopy) / arena.Shape.FanOut);
    }

    /// <summary>Copies a second that use a share of a core.</summary>
    public static double CopiesAt(double share, double nanosecondsPerCopy) => share * 1e9 / nanosecondsPerCopy;

    /// <summary>The pace that the speakers of a call can keep.</summary>
    public static double Limit(CallShape shape, double packetsPerSecond) =>
        Math.Min(packetsPerSecond, MostPerSpeaker * shape.Channels * shape.Speakers);

    /// <summary>The mode that is measured first.</summary>
    public static TransportEncryptionMode Aes => TransportEncryptionMode.AeadAes256GcmRtpSize;

    /// <summary>The other AEAD mode.</summary>
    public static TransportEncryptionMode XChaCha => TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize;
}
