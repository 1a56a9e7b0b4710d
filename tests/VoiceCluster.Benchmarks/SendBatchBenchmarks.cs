using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using VoiceCluster.Udp;

namespace VoiceCluster.Benchmarks;

/// <summary>What a datagram costs on the kernel's way over loopback, by how many neighbours in a batch have the same receiver. No allocation.</summary>
[MemoryDiagnoser]
public unsafe class SendBatchBenchmarks
{
    private const int Datagrams = 64;
    private const int LevelSocket = 1;
    private const int OptionAttachFilter = 26;
    private const uint FirstReceiver = 0x7F01_0001;

    private readonly SendBatch _batch = new(Datagrams);
    private readonly Socket _receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private IDatagramSocket _sender = null!;
    private ushort _port;

    [Params(160, 1200)]
    public int Bytes { get; set; }

    [Params(1, 2, 4, 8)]
    public int Run { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        DropAllAtTheReceiver();
        _receiver.Bind(new IPEndPoint(IPAddress.Any, 0));
        _port = (ushort)((IPEndPoint)_receiver.LocalEndPoint!).Port;
        _sender = DatagramSockets.Open(new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F00_0001, 0) });
    }

    [Benchmark(OperationsPerInvoke = Datagrams)]
    public long Send()
    {
        for (var i = 0; i < Datagrams; i++)
        {
            _batch.Commit(Bytes, new Ipv4Endpoint(FirstReceiver + (uint)(i / Run), _port));
        }

        _sender.Send(_batch);
        return _sender.Counters.SendBufferFull;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _batch.Dispose();
    }

    // A filter of one instruction that keeps no byte: what is measured is sending.
    private void DropAllAtTheReceiver()
    {
        var instruction = 0x06UL;
        var program = stackalloc nint[2];
        program[0] = 1;
        program[1] = (nint)(&instruction);
        _receiver.SetRawSocketOption(LevelSocket, OptionAttachFilter, new ReadOnlySpan<byte>(program, 2 * sizeof(nint)));
    }
}
