using System.Diagnostics;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Media;

/// <summary>One thread that gives all speakers their turns at an even pace, and sends what is due with one system call.</summary>
/// <remarks>
/// It does not make up for lost time beyond <see cref="LongestLag"/>: what a server under test gets is the pace or less, never a burst that
/// no network would send.
/// </remarks>
internal sealed class SpeechThread : IDisposable
{
    /// <summary>How many packets one turn may have.</summary>
    public const int LongestBurst = 64;

    private const int BatchSize = 64;
    private const double LeastAllowed = 2;
    private static readonly TimeSpan LongestLag = TimeSpan.FromMilliseconds(1);
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly UserSocket _socket;
    private readonly IReadOnlyList<IPacketSource> _speakers;
    private readonly int _burst;
    private readonly Thread _thread;
    private long _rateBits;
    private long _sent;
    private long _skipped;
    private volatile bool _stopped;

    /// <summary>Begins to send.</summary>
    /// <param name="socket">Sends for all; nobody else may send with it meanwhile.</param>
    /// <param name="speakers">In the order of their turns.</param>
    /// <param name="packetsPerSecond">Of all together.</param>
    /// <param name="burst">How many packets the speaker whose turn it is sends at once; at most <see cref="LongestBurst"/>.</param>
    public SpeechThread(UserSocket socket, IReadOnlyList<IPacketSource> speakers, double packetsPerSecond, int burst = 1)
    {
        _burst = burst;
        _socket = socket;
        _speakers = speakers;
        PacketsPerSecond = packetsPerSecond;
        _thread = new Thread(Run) { IsBackground = true, Name = "speech", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>The pace of all speakers together; may be changed at any time. 0 is silence.</summary>
    public double PacketsPerSecond
    {
        get => BitConverter.Int64BitsToDouble(Volatile.Read(ref _rateBits));
        set => Volatile.Write(ref _rateBits, BitConverter.DoubleToInt64Bits(value));
    }

    /// <summary>Packets that the kernel took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Packets that were not sent because this thread came too late.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Ends it and waits for the end.</summary>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Run()
    {
        using var slots = new DatagramSlots(BatchSize);
        var last = Stopwatch.GetTimestamp();
        var due = 0.0;
        var turn = 0;
        while (!_stopped)
        {
            var now = Stopwatch.GetTimestamp();
            var rate = PacketsPerSecond;
            due += (now - last) * rate / Stopwatch.Frequency;
            last = now;
            due -= SkipLate(due, rate);
            if (due < _burst)
            {
                Wait(_burst - due, rate);
                continue;
            }

            var turns = (int)Math.Min(due, BatchSize) / _burst;
            turn = Take(slots, turns, turn);
            due -= turns * _burst;
            if (slots.Count > 0)
            {
                Volatile.Write(ref _sent, _sent + _socket.Send(slots));
            }
        }
    }

    private int Take(DatagramSlots slots, int turns, int turn)
    {
        var time = MachineClock.UnixNanoseconds();
        for (var i = 0; i < turns; i++)
        {
            for (var packet = 0; packet < _burst; packet++)
            {
                _speakers[turn].WriteNext(slots, time);
            }

            turn = turn + 1 == _speakers.Count ? 0 : turn + 1;
        }

        return turn;
    }

    private long SkipLate(double due, double rate)
    {
        var allowed = Math.Max(LeastAllowed * _burst, rate * LongestLag.TotalSeconds);
        if (due <= allowed)
        {
            return 0;
        }

        var late = (long)(due - allowed);
        Volatile.Write(ref _skipped, _skipped + late);
        return late;
    }

    // Sleeping is too coarse for the last tenth of a millisecond; yielding lets whoever reads counters on this core do so at once.
    private static void Wait(double packets, double rate)
    {
        var ticks = rate > 0 ? packets / rate * Stopwatch.Frequency : Stopwatch.Frequency;
        if (ticks > 2 * SpinTicks)
        {
            Thread.Sleep(TimeSpan.FromSeconds(Math.Min(0.01, (ticks - SpinTicks) / Stopwatch.Frequency)));
        }
        else
        {
            Thread.Yield();
        }
    }
}
