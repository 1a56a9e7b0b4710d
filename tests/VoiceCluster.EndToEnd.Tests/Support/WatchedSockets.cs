using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Udp;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>An RTP packet as a node sent it.</summary>
/// <param name="From">The port of the worker.</param>
/// <param name="To">The client.</param>
/// <param name="At">When.</param>
/// <param name="Suffix">Its last four bytes: the nonce, in modes that append a counter.</param>
internal sealed record SentPacket(int From, Ipv4Endpoint To, TimeSpan At, uint Suffix)
{
    /// <summary>What the server has counted: the suffix without the bits that mark it as the server's.</summary>
    public uint Counter => ((Suffix >> 1) & 0x3FFF_FF80) | (Suffix & 0x7F);
}

/// <summary>A node's media sockets, whose packets are seen and whose loops can be made to fail.</summary>
internal sealed class WatchedSockets
{
    private readonly ConcurrentDictionary<int, ArmedFailure> _failing = new();
    private readonly ConcurrentQueue<SentPacket> _sent = new();
    private readonly ConcurrentQueue<TimeSpan> _failures = new();

    /// <summary>Every RTP packet that was sent.</summary>
    public IReadOnlyCollection<SentPacket> Sent => [.. _sent];

    /// <summary>When loops failed.</summary>
    public IReadOnlyCollection<TimeSpan> Failures => [.. _failures];

    /// <summary>Puts itself in front of the node's own.</summary>
    public void Decorate(IServiceCollection services) =>
        services.AddSingleton<OpenDatagramSocket>(_ => options => new WatchedSocket(this, DatagramSockets.Open(options)));

    /// <summary>Lets the loop on a port fail over the next datagrams that it receives. Completes when it does.</summary>
    public Task FailLoopAsync(int port)
    {
        var armed = new ArmedFailure();
        _failing[port] = armed;
        return armed.Failed.Task;
    }

    private static TimeSpan MachineTime() => Stopwatch.GetElapsedTime(0);

    private sealed class ArmedFailure
    {
        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class WatchedSocket(WatchedSockets watch, IDatagramSocket inner) : IDatagramSocket
    {
        private const int RtpVersion = 2;

        public Ipv4Endpoint LocalEndpoint => inner.LocalEndpoint;

        public int PollDescriptor => inner.PollDescriptor;

        public int ReceiveBufferBytes => inner.ReceiveBufferBytes;

        public DatagramSocketCounters Counters => inner.Counters;

        public int Receive(ReceiveBatch batch)
        {
            var count = inner.Receive(batch);
            if (count > 0 && watch._failing.TryRemove(LocalEndpoint.Port, out var failing))
            {
                watch._failures.Enqueue(MachineTime());
                failing.Failed.TrySetResult();
                throw new InvalidOperationException("Failed on purpose.");
            }

            return count;
        }

        public void Send(SendBatch batch)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var datagram = batch.Datagram(i);
                if (datagram.Length > 12 && datagram[0] >> 6 == RtpVersion)
                {
                    watch._sent.Enqueue(new SentPacket(LocalEndpoint.Port, batch.Destination(i), MachineTime(), BinaryPrimitives.ReadUInt32BigEndian(datagram[^4..])));
                }
            }

            inner.Send(batch);
        }

        public void Interrupt() => inner.Interrupt();

        public void Dispose() => inner.Dispose();
    }
}
