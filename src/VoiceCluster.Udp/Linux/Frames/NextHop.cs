namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>The first machine on the way to some addresses, and all that a frame to it needs.</summary>
/// <remarks>Does not change, and may be read from any thread.</remarks>
internal sealed class NextHop
{
    /// <summary>Bytes of an Ethernet header.</summary>
    public const int EthernetLength = 14;

    private const int AddressLength = 6;

    // Of the 16 bits 0x0800; the others are 0.
    private const byte ProtocolIpv4 = 0x08;

    private readonly byte[] _ethernet = new byte[EthernetLength];

    /// <summary>Describes a next hop.</summary>
    /// <param name="key">By which it is found again.</param>
    /// <param name="target">The link-layer address of the machine, 6 bytes.</param>
    /// <param name="device">The device that leads to it.</param>
    public NextHop(NextHopKey key, ReadOnlySpan<byte> target, NetworkDevice device)
    {
        Key = key;
        MaximumBytes = device.MaximumBytes;
        target.CopyTo(_ethernet);
        device.Address.Span.CopyTo(_ethernet.AsSpan(AddressLength));
        _ethernet[2 * AddressLength] = ProtocolIpv4;
    }

    /// <summary>By which it is found again.</summary>
    public NextHopKey Key { get; }

    /// <summary>The longest IP packet that the device takes.</summary>
    public int MaximumBytes { get; }

    /// <summary>The Ethernet header of every frame to it, 14 bytes.</summary>
    public ReadOnlySpan<byte> Ethernet => _ethernet;

    /// <summary>Whether frames go to a link-layer address.</summary>
    public bool Leads(ReadOnlySpan<byte> target) => target.SequenceEqual(_ethernet.AsSpan(0, AddressLength));
}

/// <summary>What makes next hops different ones.</summary>
/// <param name="Device">The number of the device.</param>
/// <param name="Neighbour">The IPv4 address of the machine that is next.</param>
/// <param name="Source">The IPv4 address that the kernel would write into packets as theirs.</param>
internal readonly record struct NextHopKey(int Device, uint Neighbour, uint Source);

/// <summary>A device that frames can leave by.</summary>
/// <param name="Number">Its number in the kernel.</param>
/// <param name="Address">Its link-layer address, 6 bytes.</param>
/// <param name="MaximumBytes">The longest IP packet that it takes.</param>
internal sealed record NetworkDevice(int Number, ReadOnlyMemory<byte> Address, int MaximumBytes);
