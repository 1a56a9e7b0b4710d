using BenchmarkDotNet.Attributes;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Protocol.Udp;

namespace VoiceCluster.Benchmarks;

/// <summary>What a packet costs besides its cipher: classification, parsing, the audio level, the replay window.</summary>
[MemoryDiagnoser]
public class RtpBenchmarks
{
    private readonly byte[] _packet = [0x90, 0x78, 0, 1, 0, 0, 3, 0xC0, 0, 0, 0x32, 0x47, 0xBE, 0xDE, 0, 1, 0x10, 0xFF, 0x90, 0x02, .. new byte[160]];
    private ReplayWindow _window;
    private ushort _sequenceNumber;

    [Benchmark]
    public DatagramKind Classify() => DatagramClassifier.Classify(_packet);

    [Benchmark(Baseline = true)]
    public int Parse() => RtpView.TryParse(_packet, out var view, out _) ? view.Payload.Length : 0;

    [Benchmark]
    public byte ParseAndReadAudioLevel() =>
        RtpView.TryParse(_packet, out var view, out _)
        && view.Extensions.TryGet(HeaderExtensionId.AudioLevel, out var data)
        && AudioLevel.TryParse(data, out var level) ? level.MinusDecibels : (byte)0;

    [Benchmark]
    public ReplayVerdict JudgeReplay() => _window.Judge(_sequenceNumber++, out _);
}
