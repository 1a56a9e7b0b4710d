using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp;

/// <summary>Slots for datagrams to send: written in place, then handed to the kernel as they lie.</summary>
/// <remarks>
/// Write into <see cref="NextSlot"/>, then <see cref="Commit"/>; a slot that is not committed is offered again. When <see cref="IsFull"/>
/// the batch goes to <see cref="IDatagramSocket.Send"/>, which empties it. Neighbours for the same receiver, of the same length but for a shorter last one, may cost much less
/// than others. Not safe for two threads at once.
/// </remarks>
public sealed unsafe class SendBatch : IDisposable
{
    /// <summary>Bytes of one slot.</summary>
    public const int SlotSize = ReceiveBatch.SlotSize;

    /// <summary>Bytes before each slot, for the headers of a datagram that does not go through a UDP socket.</summary>
    internal const int Headroom = NativeSlab.Stride - SlotSize;

    private readonly byte* _slab;
    private readonly int _capacity;
    private int _count;
    private bool _disposed;

    /// <summary>Allocates <paramref name="capacity"/> slots.</summary>
    public SendBatch(int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _slab = NativeSlab.Allocate(capacity * NativeSlab.Stride);
        Headers = (MessageHeader*)NativeSlab.Allocate(capacity * sizeof(MessageHeader));
        Vectors = (IoVector*)NativeSlab.Allocate(capacity * sizeof(IoVector));
        Names = (SocketAddressIn*)NativeSlab.Allocate(capacity * sizeof(SocketAddressIn));
        Link();
    }

    /// <summary>How many slots there are.</summary>
    public int Capacity => _capacity;

    /// <summary>How many datagrams are committed.</summary>
    public int Count => _count;

    /// <summary>True when there is no slot left to write into.</summary>
    public bool IsFull => _count == _capacity;

    internal MessageHeader* Headers { get; }

    internal IoVector* Vectors { get; }

    internal SocketAddressIn* Names { get; }

    /// <summary>The slot to write the next datagram into, <see cref="SlotSize"/> bytes with whatever was there before.</summary>
    public Span<byte> NextSlot()
    {
        if (_disposed || _count == _capacity)
        {
            ThrowNoSlot();
        }

        return new Span<byte>(Slot(_count), SlotSize);
    }

    /// <summary>Takes the first <paramref name="length"/> bytes of the slot as a datagram to <paramref name="destination"/>.</summary>
    public void Commit(int length, Ipv4Endpoint destination)
    {
        if (_disposed || _count == _capacity || (uint)length > SlotSize)
        {
            ThrowNoSlot();
        }

        Vectors[_count].Length = (nuint)length;
        Names[_count].Port = BinaryPrimitives.ReverseEndianness(destination.Port);
        Names[_count].Address = BinaryPrimitives.ReverseEndianness(destination.Address);
        _count++;
    }

    /// <summary>The bytes of a committed datagram.</summary>
    public ReadOnlySpan<byte> Datagram(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        return new ReadOnlySpan<byte>(Slot(index), (int)Vectors[index].Length);
    }

    /// <summary>Where a committed datagram goes.</summary>
    public Ipv4Endpoint Destination(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        return Names[index].ToEndpoint();
    }

    /// <summary>Empties the batch.</summary>
    public void Clear() => _count = 0;

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

    /// <summary>Where a slot begins; <see cref="Headroom"/> bytes before it are its own too.</summary>
    internal byte* Slot(int index) => _slab + (index * NativeSlab.Stride) + Headroom;

    private static void ThrowNoSlot() => throw new InvalidOperationException("The send batch is full or freed, or the length exceeds a slot.");

    private void Link()
    {
        for (var i = 0; i < _capacity; i++)
        {
            Vectors[i] = new IoVector { Base = Slot(i) };
            Names[i].Family = SocketAddressIn.FamilyInet;
            Headers[i] = new MessageHeader
            {
                Name = Names + i,
                NameLength = (uint)sizeof(SocketAddressIn),
                Vectors = Vectors + i,
                VectorCount = 1,
            };
        }
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_slab);
        NativeMemory.AlignedFree(Headers);
        NativeMemory.AlignedFree(Vectors);
        NativeMemory.AlignedFree(Names);
    }
}
