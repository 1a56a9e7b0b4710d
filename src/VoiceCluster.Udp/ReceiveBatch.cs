using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp;

/// <summary>Slots for received datagrams: one native slab, with the kernel's message headers linked to it once.</summary>
/// <remarks>
/// A socket fills it and its reader may write into the datagrams, until the next receive. Not safe for two threads at once.
/// </remarks>
public sealed unsafe class ReceiveBatch : IDisposable
{
    /// <summary>Bytes of one slot: more than any datagram that is accepted, so that a longer one shows as truncated.</summary>
    public const int SlotSize = 2048;

    /// <summary>Room for the two control messages of a datagram: its timestamp (32 bytes) and the drop counter (24 bytes).</summary>
    internal const int ControlSize = 64;

    private readonly DatagramInfo[] _infos;
    private readonly byte* _slab;
    private readonly byte* _control;
    private bool _disposed;

    /// <summary>Allocates <paramref name="capacity"/> slots.</summary>
    public ReceiveBatch(int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
        _infos = new DatagramInfo[capacity];
        _slab = NativeSlab.Allocate(capacity * NativeSlab.Stride);
        _control = NativeSlab.Allocate(capacity * ControlSize);
        Headers = (MessageHeader*)NativeSlab.Allocate(capacity * sizeof(MessageHeader));
        Vectors = (IoVector*)NativeSlab.Allocate(capacity * sizeof(IoVector));
        Names = (SocketAddressIn*)NativeSlab.Allocate(capacity * sizeof(SocketAddressIn));
        UsedHeaders = capacity;
        Link();
    }

    /// <summary>How many slots there are.</summary>
    public int Capacity { get; }

    /// <summary>How many slots the last receive filled, from the first on.</summary>
    public int Count { get; internal set; }

    /// <summary>How many headers, from the first on, hold what a receive has left in them.</summary>
    internal int UsedHeaders { get; set; }

    internal MessageHeader* Headers { get; }

    internal IoVector* Vectors { get; }

    internal SocketAddressIn* Names { get; }

    /// <summary>The bytes of a datagram; they may be overwritten in place.</summary>
    public Span<byte> Datagram(int index) => new(_slab + (CheckedOffset(index) * NativeSlab.Stride), _infos[index].Length);

    /// <summary>Who sent a datagram.</summary>
    public Ipv4Endpoint Source(int index) => _infos[index].Source;

    /// <summary>When the kernel received a datagram, in nanoseconds since 1970 UTC; 0 where it does not tell.</summary>
    public long ReceivedAt(int index) => _infos[index].ReceivedAt;

    /// <summary>True when a datagram was longer than its slot; its end is lost.</summary>
    public bool IsTruncated(int index) => _infos[index].Truncated;

    /// <summary>Empties the batch, for a socket that is about to fill it.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a datagram by copying it; what a simulated socket does.</summary>
    /// <returns>False when the batch is full.</returns>
    public bool TryAdd(ReadOnlySpan<byte> datagram, Ipv4Endpoint source, long receivedAt)
    {
        if (Count == Capacity)
        {
            return false;
        }

        var length = Math.Min(datagram.Length, SlotSize);
        datagram[..length].CopyTo(Slot(Count));
        Set(Count, new DatagramInfo(length, source, receivedAt, datagram.Length > SlotSize));
        Count++;
        return true;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Free();
    }

    internal Span<byte> Slot(int index) => new(_slab + (CheckedOffset(index) * NativeSlab.Stride), SlotSize);

    internal byte* Control(int index) => _control + (index * ControlSize);

    internal void Set(int index, DatagramInfo info) => _infos[index] = info;

    private int CheckedOffset(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
        return index;
    }

    private void Link()
    {
        for (var i = 0; i < Capacity; i++)
        {
            Vectors[i] = new IoVector { Base = _slab + (i * NativeSlab.Stride), Length = SlotSize };
            Headers[i] = new MessageHeader
            {
                Name = Names + i,
                Vectors = Vectors + i,
                VectorCount = 1,
                Control = Control(i),
            };
        }
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_slab);
        NativeMemory.AlignedFree(_control);
        NativeMemory.AlignedFree(Headers);
        NativeMemory.AlignedFree(Vectors);
        NativeMemory.AlignedFree(Names);
    }
}

/// <summary>What is known of a received datagram besides its bytes.</summary>
internal readonly record struct DatagramInfo(int Length, Ipv4Endpoint Source, long ReceivedAt, bool Truncated);
