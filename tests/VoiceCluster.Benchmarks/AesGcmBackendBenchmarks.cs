using BenchmarkDotNet.Attributes;
using VoiceCluster.Crypto.Ciphers;

namespace VoiceCluster.Benchmarks;

/// <summary>AES-256-GCM by each library there is: why the base library is only the last resort.</summary>
[MemoryDiagnoser]
public class AesGcmBackendBenchmarks
{
    private readonly byte[] _nonce = new byte[24];
    private readonly byte[] _header = new byte[12];
    private readonly byte[] _plaintext = new byte[160];
    private readonly byte[] _ciphertext = new byte[160];
    private readonly byte[] _opened = new byte[160];
    private readonly byte[] _tag = new byte[16];
    private KeyedCipher _cipher = null!;

    [Params("intel-ipsec-mb", "libcrypto", ".NET")]
    public string Library { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        _cipher = BackendNamed(Library).Create(new byte[32]);
        Seal();
    }

    [Benchmark(Baseline = true)]
    public bool Seal() => _cipher.TrySeal(_nonce, _header, _plaintext, _ciphertext, _tag);

    [Benchmark]
    public bool Open() => _cipher.TryOpen(_nonce, _header, _ciphertext, _tag, _opened);

    [GlobalCleanup]
    public void Cleanup() => _cipher.Dispose();

    private static CipherBackend BackendNamed(string library) => library switch
    {
        "intel-ipsec-mb" => CipherBackends.IpsecMbAesGcm,
        "libcrypto" => CipherBackends.OpenSslAesGcm,
        _ => CipherBackends.BaseLibraryAesGcm,
    };
}
