using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>Frames for one call of sendmmsg, where they lie. Linked once; a frame only fills in what differs.</summary>
internal sealed unsafe class FrameMessages : IDisposable
{
    private readonly IoVector* _vectors;
    private readonly SocketAddressLink* _devices;

    public FrameMessages(int capacity)
    {
        Capacity = capacity;
        Headers = (MessageHeader*)NativeSlab.Allocate(capacity * sizeof(MessageHeader));
        _vectors = (IoVector*)NativeSlab.Allocate(capacity * sizeof(IoVector));
        _devices = (SocketAddressLink*)NativeSlab.Allocate(capacity * sizeof(SocketAddressLink));
        Link();
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    public MessageHeader* Headers { get; }

    /// <summary>Adds a frame.</summary>
    /// <param name="frame">Where it lies; it must stay there until it is sent.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="device">The number of the device that it leaves by.</param>
    public void Add(byte* frame, int length, int device)
    {
        _vectors[Count] = new IoVector { Base = frame, Length = (nuint)length };
        _devices[Count].Device = device;
        Count++;
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Headers);
        NativeMemory.AlignedFree(_vectors);
        NativeMemory.AlignedFree(_devices);
    }

    private void Link()
    {
        for (var i = 0; i < Capacity; i++)
        {
            _devices[i] = new SocketAddressLink
            {
                Family = SocketAddressLink.FamilyPacket,
                Protocol = SocketAddressLink.ProtocolIpv4,
                AddressLength = SocketAddressLink.EthernetAddressLength,
            };
            Headers[i] = new MessageHeader
            {
                Name = _devices + i,
                NameLength = (uint)sizeof(SocketAddressLink),
                Vectors = _vectors + i,
                VectorCount = 1,
            };
        }
    }
}
