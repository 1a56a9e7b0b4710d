using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Netlink;

/// <summary>One message of the kernel's. See netlink(7).</summary>
/// <param name="Type">What it is; the numbers below 16 mean the same in every family.</param>
/// <param name="Sequence">Of the request that it answers; 0 when it answers none.</param>
/// <param name="Body">All behind its header.</param>
internal readonly record struct NetlinkMessage(ushort Type, uint Sequence, ReadOnlyMemory<byte> Body)
{
    public const int HeaderLength = 16;
    public const ushort TypeError = 2;
    public const ushort TypeDone = 3;

    /// <summary>Whether nothing more comes for the request.</summary>
    public bool EndsAnswer => Type is TypeError or TypeDone;

    /// <summary>The number of the error that ended the answer; 0 for none.</summary>
    public int Error => Type == TypeError && Body.Length >= 4 ? -MemoryMarshal.Read<int>(Body.Span) : 0;

    /// <summary>Reads what one receive brought; what is cut off is left out.</summary>
    public static IEnumerable<NetlinkMessage> ReadAll(ReadOnlyMemory<byte> datagram)
    {
        while (datagram.Length >= HeaderLength)
        {
            var length = (int)Math.Min(MemoryMarshal.Read<uint>(datagram.Span), int.MaxValue);
            if (length < HeaderLength || length > datagram.Length)
            {
                yield break;
            }

            yield return new NetlinkMessage(
                MemoryMarshal.Read<ushort>(datagram.Span[4..]), MemoryMarshal.Read<uint>(datagram.Span[8..]), datagram[HeaderLength..length]);
            datagram = datagram[Math.Min(Align(length), datagram.Length)..];
        }
    }

    /// <summary>Finds an attribute.</summary>
    /// <param name="attributes">Where attributes begin.</param>
    /// <param name="type">The attribute's number; flags in it are passed over.</param>
    /// <param name="value">Its bytes.</param>
    public static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out ReadOnlySpan<byte> value)
    {
        const ushort Flags = 0xC000;
        while (attributes.Length >= 4)
        {
            int length = MemoryMarshal.Read<ushort>(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if ((MemoryMarshal.Read<ushort>(attributes[2..]) & ~Flags) == type)
            {
                value = attributes[4..length];
                return true;
            }

            attributes = attributes[Math.Min(Align(length), attributes.Length)..];
        }

        value = default;
        return false;
    }

    /// <summary>Finds an attribute that is a number of 32 bits in the machine's byte order.</summary>
    public static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out uint value)
    {
        var isFound = TryFind(attributes, type, out ReadOnlySpan<byte> bytes) && bytes.Length >= 4;
        value = isFound ? MemoryMarshal.Read<uint>(bytes) : 0;
        return isFound;
    }

    public static int Align(int length) => (length + 3) & ~3;
}
