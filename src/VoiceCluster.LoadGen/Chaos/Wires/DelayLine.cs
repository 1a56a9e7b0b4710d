using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>Sends datagrams later. One thread; bounded, and what does not fit is dropped as a wire would.</summary>
internal sealed class DelayLine : IDisposable
{
    private const int MostWaiting = 20_000;

    private readonly PriorityQueue<Later, long> _waiting = new();
    private readonly Thread _thread;
    private bool _stopped;

    public DelayLine()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "delay line" };
        _thread.Start();
    }

    /// <summary>Takes a datagram.</summary>
    public void Send(Socket socket, ReadOnlySpan<byte> datagram, SocketAddress to, TimeSpan after)
    {
        var due = Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency);
        lock (_waiting)
        {
            if (_waiting.Count < MostWaiting)
            {
                _waiting.Enqueue(new Later(socket, datagram.ToArray(), to), due);
                Monitor.Pulse(_waiting);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_waiting)
        {
            _stopped = true;
            Monitor.Pulse(_waiting);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (TakeDue(out var later))
        {
            try
            {
                later.Socket.SendTo(later.Datagram, SocketFlags.None, later.To);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The other side is not there, as may be on any wire.
            }
        }
    }

    private bool TakeDue(out Later later)
    {
        lock (_waiting)
        {
            while (!_stopped)
            {
                var left = _waiting.TryPeek(out later, out var due) ? Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) : Timeout.InfiniteTimeSpan;
                if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
                {
                    _waiting.Dequeue();
                    return true;
                }

                // A wait is counted in whole milliseconds: rounded up, so that it does not spin.
                Monitor.Wait(_waiting, left == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Ceiling(left.TotalMilliseconds));
            }
        }

        later = default;
        return false;
    }

    private readonly record struct Later(Socket Socket, byte[] Datagram, SocketAddress To);
}
