using System.Collections.Concurrent;
using System.Net;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Asks the server for the addresses of users who share a socket. Any thread may ask.</summary>
internal sealed class AddressDiscovery : IDisposable
{
    private const int Tries = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(50);

    private readonly UserSocket _socket;
    private readonly Lock _sending = new();
    private readonly DatagramSlots _slots = new(1);
    private readonly ConcurrentDictionary<(Ssrc Source, uint Address), TaskCompletionSource<IPEndPoint>> _waiting = new();
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <summary>Begins to receive.</summary>
    public AddressDiscovery(UserSocket socket)
    {
        _socket = socket;
        _thread = new Thread(ReceiveAll) { IsBackground = true, Name = "discovery" };
        _thread.Start();
    }

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="NoAnswerException">There is none.</exception>
    public async Task<IPEndPoint> AskAsync(int user, Ssrc source, Ipv4Endpoint server, CancellationToken cancellation)
    {
        var address = UserSocket.AddressOf(user);
        var answer = _waiting.GetOrAdd((source, address), static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            Ask(source, address, server);
            try
            {
                return await answer.WaitAsync(Pause, cancellation);
            }
            catch (TimeoutException)
            {
                // Datagrams get lost when a whole crowd asks at once.
            }
        }

        throw new NoAnswerException($"User {user} asked for his address {Tries} times and got no answer over UDP.");
    }

    /// <summary>Ends receiving.</summary>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _slots.Dispose();
    }

    private void Ask(Ssrc source, uint address, Ipv4Endpoint server)
    {
        lock (_sending)
        {
            var length = IpDiscovery.WriteRequest(IpDiscoveryForm.Current, source, _slots.Slot(0));
            _slots.Commit(length, address, server);
            _socket.Send(_slots);
        }
    }

    private void ReceiveAll()
    {
        using var slots = new DatagramSlots(64);
        while (!_stopped)
        {
            var count = _socket.Receive(slots, Pulse);
            for (var i = 0; i < count; i++)
            {
                if (IpDiscovery.TryParseResponse(slots.Datagram(i), out var response)
                    && _waiting.TryRemove((response.Ssrc, slots.ReceivedAtAddress(i)), out var waiting))
                {
                    waiting.TrySetResult(new IPEndPoint(response.Address, response.Port));
                }
            }
        }
    }
}
