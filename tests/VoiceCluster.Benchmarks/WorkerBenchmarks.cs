using BenchmarkDotNet.Attributes;
using VoiceCluster.Media;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Udp;

namespace VoiceCluster.Benchmarks;

/// <summary>What finding a packet's session costs, by how many there are.</summary>
[MemoryDiagnoser]
public class SessionLookupBenchmarks
{
    private readonly MediaBed _bed = new(new MediaOptions { MaximumSessionsPerWorker = 60_000 });
    private uint[] _sources = [];
    private SessionIndex _index = SessionIndex.Empty;
    private int _next;

    [Params(100, 5000)]
    public int Sessions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _sources = [.. Enumerable.Range(0, Sessions).Select(_ => _bed.Open().Sources.First.Value)];
        _index = _bed.Inbox.Table.Sessions;
    }

    [Benchmark(Baseline = true)]
    public bool Find() => _index.Find(_sources[Next()]) is not null;

    [Benchmark]
    public bool FindNobody() => _index.Find(_sources[Next()] ^ 0x0055_5550) is not null;

    private int Next() => _next = _next + 1 == _sources.Length ? 0 : _next + 1;
}

/// <summary>One voice packet through a whole worker but for the kernel: opened once, sealed for each listener. No allocation.</summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private const int Prepared = 4096;
    private const int PayloadBytes = 160;

    private readonly ReceiveBatch _batch = new();
    private MediaBed _bed = null!;
    private TestClient _speaker = null!;
    private long _now;

    [Params(1, 10, 50)]
    public int Listeners { get; set; }

    /// <summary>How many packets come in one batch.</summary>
    [Params(1, 8)]
    public int Burst { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bed = new MediaBed(new MediaOptions { PacketsPerSecond = 1_000_000 }) { BitrateBps = 1_000_000 };
        _bed.Socket.Keeps = false;
        _speaker = _bed.Join();
        _bed.Plan([_speaker, .. Enumerable.Range(0, Listeners).Select(_ => _bed.Join())]);
        _now = _bed.Now.Ticks;
    }

    /// <summary>Fresh packets for the next round; sealed outside the measurement.</summary>
    [IterationSetup]
    public void Prepare() => _packets = [.. Enumerable.Range(0, Prepared).Select(_ => _speaker.Voice(new byte[PayloadBytes]))];

    private byte[][] _packets = [];

    [Benchmark(OperationsPerInvoke = Prepared)]
    public long Forward()
    {
        for (var first = 0; first < Prepared; first += Burst)
        {
            _now += Burst * 20 * TimeSpan.TicksPerMillisecond;
            _batch.Clear();
            for (var i = 0; i < Burst; i++)
            {
                _batch.TryAdd(_packets[first + i], _speaker.Endpoint, 0);
            }

            _bed.Now = TimeSpan.FromTicks(_now);
            _bed.Processor.Process(_batch, new WorkerTime(_now, _now * 100));
        }

        return _bed.Socket.SentCount;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _bed.Dispose();
        _batch.Dispose();
    }
}
