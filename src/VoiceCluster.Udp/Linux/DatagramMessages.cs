using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux;

/// <summary>Datagrams of a batch as messages for sendmmsg. Each message is one datagram, or several for one receiver that the kernel cuts apart.</summary>
/// <remarks>The datagrams are numbered from 0 in the order in which they were added, those that were left out of the batch not counted.</remarks>
internal sealed unsafe class DatagramMessages : IDisposable
{
    // A control header, the length to cut at, and what is left up to a multiple of 8.
    private const int ControlSize = 24;

    private readonly byte* _controls;
    private readonly int[] _starts;
    private readonly int[] _slots;
    private SendBatch? _batch;

    public DatagramMessages(int capacity)
    {
        Capacity = capacity;
        Headers = (MessageHeader*)NativeSlab.Allocate(capacity * sizeof(MessageHeader));
        _controls = NativeSlab.Allocate(capacity * ControlSize);
        _starts = new int[capacity + 1];
        _slots = new int[capacity];
        for (var i = 0; i < capacity; i++)
        {
            *(ControlHeader*)Control(i) = new ControlHeader
            {
                Length = (nuint)(sizeof(ControlHeader) + sizeof(ushort)),
                Level = LibC.LevelUdp,
                Type = LibC.OptionSegment,
            };
        }
    }

    public int Capacity { get; }

    /// <summary>How many messages there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many datagrams they are made of.</summary>
    public int DatagramCount => _starts[Count];

    public MessageHeader* Headers { get; }

    /// <summary>Begins anew.</summary>
    /// <param name="batch">Where all that is added lies; it must stay as it is until the messages are sent.</param>
    public void Begin(SendBatch batch)
    {
        _batch = batch;
        Count = 0;
    }

    /// <summary>Adds a message.</summary>
    /// <param name="first">Its first datagram's index in the batch.</param>
    /// <param name="datagrams">How many there are from it on; several must obey <see cref="DatagramGroup"/>.</param>
    public void Add(int first, int datagrams)
    {
        var header = Headers + Count;
        *header = _batch!.Headers[first];
        if (datagrams > 1)
        {
            header->VectorCount = (nuint)datagrams;
            header->Control = Control(Count);
            header->ControlLength = ControlSize;
            *(ushort*)(header->Control + sizeof(ControlHeader)) = (ushort)header->Vectors->Length;
        }

        _slots[Count] = first;
        _starts[Count + 1] = _starts[Count] + datagrams;
        Count++;
    }

    /// <summary>The number of a message's first datagram; for <see cref="Count"/>, that of all.</summary>
    public int Start(int message) => _starts[message];

    /// <summary>How many datagrams a message is made of.</summary>
    public int Length(int message) => _starts[message + 1] - _starts[message];

    /// <summary>The headers of a message's datagrams each by itself.</summary>
    public MessageHeader* Alone(int message) => _batch!.Headers + _slots[message];

    public void Dispose()
    {
        NativeMemory.AlignedFree(Headers);
        NativeMemory.AlignedFree(_controls);
    }

    private byte* Control(int message) => _controls + (message * ControlSize);
}
