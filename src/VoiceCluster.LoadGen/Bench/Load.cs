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
    /// Lets everybody talk until the node has settled, and finds the packets a second at which it uses a share of a core, by what a copy costs
    /// then. The dry bench has a fixed low rate.
    /// </summary>
    public static async Task<double> PacketsPerSecondAsync(BenchOptions options, Arena arena, double share, CancellationToken cancellation)
    {
        const double TrialCopies = 60_000;
        var trial = Limit(arena.Shape, (options.Size == BenchSize.Dry ? DryCopies : TrialCopies) / arena.Shape.FanOut);
        await arena.SettleAsync(trial, cancellation);
        if (options.Size == BenchSize.Dry)
        {
            return trial;
        }

        var window = await arena.MeasureAsync(trial, cancellation);
        return Limit(arena.Shape, CopiesAt(share, window.NanosecondsPerCopy) / arena.Shape.FanOut);
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
