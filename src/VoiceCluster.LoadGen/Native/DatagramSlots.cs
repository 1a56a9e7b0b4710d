using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VoiceCluster.Udp;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.LoadGen.Native;

/// <summary>Slots for datagrams with an address at both ends each, for one system call per batch. One thread.</summary>
internal sealed unsafe class DatagramSlots : IDisposable
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 2048;

    private const int ControlSize = 96;
    private const int Stride = SlotSize + 64;

    private readonly byte* _slab;
    private readonly byte* _control;
    private readonly SocketAddressIn* _names;
    private readonly IoVector* _vectors;
    private bool _disposed;

    /// <summary>Allocates slots.</summary>
    public DatagramSlots(int capacity)
    {
        Capacity = capacity;
        _slab = Allocate(capacity * Stride);
        _control = Allocate(capacity * ControlSize);
        _names = (SocketAddressIn*)Allocate(capacity * sizeof(SocketAddressIn));
        _vectors = (IoVector*)Allocate(capacity * sizeof(IoVector));
        Headers = (MessageHeader*)Allocate(capacity * sizeof(MessageHeader));
        for (var i = 0; i < capacity; i++)
        {
            _vectors[i] = new IoVector { Base = _slab + (i * Stride) };
            Headers[i] = new MessageHeader
            {
                Name = _names + i,
                NameLength = (uint)sizeof(SocketAddressIn),
                Vectors = _vectors + i,
                VectorCount = 1,
                Control = _control + (i * ControlSize),
            };
        }
    }

    /// <summary>How many slots there are.</summary>
    public int Capacity { get; }

    /// <summary>How many hold a datagram.</summary>
    public int Count { get; set; }

    public MessageHeader* Headers { get; }

    /// <summary>All bytes of a slot.</summary>
    public Span<byte> Slot(int index) => new(_slab + (index * Stride), SlotSize);

    /// <summary>Takes what was written into the next slot as a datagram.</summary>
    public void Commit(int length, uint from, Ipv4Endpoint to)
    {
        _vectors[Count].Length = (nuint)length;
        _names[Count] = SocketAddressIn.From(to);
        *(PacketInformation*)Headers[Count].Control = new PacketInformation(from);
        Headers[Count].ControlLength = PacketInformation.Size;
        Count++;
    }

    /// <summary>Makes the slots ready to be filled by the kernel.</summary>
    public void PrepareToReceive()
    {
        Count = 0;
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i].Length = SlotSize;
            Headers[i].NameLength = (uint)sizeof(SocketAddressIn);
            Headers[i].ControlLength = ControlSize;
        }
    }

    /// <summary>A received datagram.</summary>
    public Span<byte> Datagram(int index) => new(_slab + (index * Stride), (int)Headers[index].Length);

    /// <summary>To which of this machine's addresses a datagram was sent; 0 if the kernel did not say.</summary>
    public uint ReceivedAtAddress(int index)
    {
        var data = FindControl(index, LibC.LevelIp, KernelOptions.PacketInformation);
        return data == null ? 0 : BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(data + 8, sizeof(uint)));
    }

    /// <summary>When the kernel received a datagram, in nanoseconds since 1970; 0 if it did not say.</summary>
    public long ReceivedAtTime(int index)
    {
        var data = (KernelTime*)FindControl(index, LibC.LevelSocket, LibC.OptionTimestampNanoseconds);
        return data == null ? 0 : (data->Seconds * 1_000_000_000) + data->Fraction;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        NativeMemory.AlignedFree(_slab);
        NativeMemory.AlignedFree(_control);
        NativeMemory.AlignedFree(_names);
        NativeMemory.AlignedFree(_vectors);
        NativeMemory.AlignedFree(Headers);
    }

    private static byte* Allocate(int bytes)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }

    // A control message: length (8 bytes), level, type, data; the next one begins at a multiple of 8.
    private byte* FindControl(int index, int level, int type)
    {
        const int HeaderSize = 16;
        var control = Headers[index].Control;
        for (var offset = 0; offset + HeaderSize <= (int)Headers[index].ControlLength;)
        {
            var at = control + offset;
            if (*(int*)(at + 8) == level && *(int*)(at + 12) == type)
            {
                return at + HeaderSize;
            }

            offset += Math.Max(HeaderSize, (int)((*(long*)at + 7) & ~7L));
        }

        return null;
    }
}
