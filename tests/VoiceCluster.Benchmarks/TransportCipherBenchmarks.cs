using BenchmarkDotNet.Attributes;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Benchmarks;

/// <summary>What one packet costs to seal and to open in each mode, with the library the server would pick.</summary>
[MemoryDiagnoser]
public class TransportCipherBenchmarks : IDisposable
{
    private const int HeaderLength = 12;

    private readonly byte[] _plain = new byte[HeaderLength + 1200];
    private readonly byte[] _wire = new byte[2048];
    private readonly byte[] _packet = new byte[2048];
    private TransportCipher _cipher = null!;
    private int _wireLength;
    private uint _counter;

    [ParamsAllValues]
    public TransportEncryptionMode Mode { get; set; }

    // An audio frame of 64 kbit/s, and a full video packet.
    [Params(160, 1200)]
    public int PayloadLength { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random.Shared.NextBytes(_plain);
        _plain[0] = 0x80;
        _cipher = TransportCiphers.Create(Mode, new byte[TransportCipher.KeyLength]);
        _wireLength = Seal();
    }

    [Benchmark(Baseline = true)]
    public int Seal() => _cipher.SealRtp(
        _plain.AsSpan(0, HeaderLength),
        _plain.AsSpan(HeaderLength, PayloadLength),
        ServerNonceSuffix.FromCounter(_counter++ % ServerNonceSuffix.CounterLimit),
        _wire);

    // Opening overwrites the packet, so each turn copies a fresh one: some 10 ns of the result.
    [Benchmark]
    public OpenError Open()
    {
        _wire.AsSpan(0, _wireLength).CopyTo(_packet);
        return _cipher.OpenRtp(_packet.AsSpan(0, _wireLength), out _);
    }

    [Benchmark]
    public OpenError RefuseForgery()
    {
        _wire.AsSpan(0, _wireLength).CopyTo(_packet);
        _packet[HeaderLength + 20] ^= 1;
        return _cipher.OpenRtp(_packet.AsSpan(0, _wireLength), out _);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _cipher?.Dispose();
        GC.SuppressFinalize(this);
    }
}
