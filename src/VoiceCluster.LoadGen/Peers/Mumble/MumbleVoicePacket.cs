using System.Buffers.Binary;
using System.Numerics;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>Voice packets as they are inside the encryption.</summary>
/// <remarks>
/// <code>
/// to the server:    header | sequence | length | frame
/// from the server:  header | session | sequence | length | frame
/// ping:             header | anything; comes back as it is
/// </code>
/// The header's upper three bits are the type, the lower five the target. Numbers are Mumble's own varints: the count of leading ones in the first
/// byte says how many bytes follow, big endian. Source: Mumble protocol documentation, "Voice data".
/// </remarks>
internal static class MumbleVoicePacket
{
    /// <summary>The most bytes a packet has beyond its frame.</summary>
    public const int MaxOverheadBytes = 1 + (3 * MaxVarintBytes);

    private const int MaxVarintBytes = 5;
    private const byte PingHeader = 1 << 5;
    private const byte OpusHeader = 4 << 5;
    private const int TypeMask = 0b1110_0000;
    private const uint LengthMask = 0x1FFF;

    /// <summary>Writes a ping.</summary>
    /// <returns>Its length.</returns>
    public static int WritePing(Span<byte> packet)
    {
        packet[0] = PingHeader;
        return 1 + WriteVarint(packet[1..], 1);
    }

    /// <summary>Whether a packet is a ping that came back.</summary>
    public static bool IsPing(ReadOnlySpan<byte> packet) => packet is [var header, ..] && (header & TypeMask) == PingHeader;

    /// <summary>Writes an Opus frame to all in the speaker's channel.</summary>
    /// <param name="sequence">Below 2^28.</param>
    /// <param name="frame">At most 8191 bytes.</param>
    /// <returns>The packet's length.</returns>
    public static int Write(Span<byte> packet, uint sequence, ReadOnlySpan<byte> frame)
    {
        packet[0] = OpusHeader;
        var length = 1;
        length += WriteVarint(packet[length..], sequence);
        length += WriteVarint(packet[length..], (uint)frame.Length);
        frame.CopyTo(packet[length..]);
        return length + frame.Length;
    }

    /// <summary>Reads a packet from the server.</summary>
    /// <param name="frame">Inside <paramref name="packet"/>.</param>
    /// <returns>False when it is no Opus packet, or a broken one. Does not throw for any input.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out uint session, out uint sequence, out ReadOnlySpan<byte> frame)
    {
        session = sequence = 0;
        frame = default;
        if (packet.IsEmpty || (packet[0] & TypeMask) != OpusHeader)
        {
            return false;
        }

        var rest = packet[1..];
        if (!TryReadVarint(ref rest, out session) || !TryReadVarint(ref rest, out sequence) || !TryReadVarint(ref rest, out var length)
            || (length & LengthMask) > rest.Length)
        {
            return false;
        }

        frame = rest[..(int)(length & LengthMask)];
        return true;
    }

    /// <summary>Writes a number below 2^28.</summary>
    /// <returns>How many bytes it took.</returns>
    public static int WriteVarint(Span<byte> target, uint value)
    {
        switch (value)
        {
            case < 1 << 7:
                target[0] = (byte)value;
                return 1;
            case < 1 << 14:
                BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)(value | 0x8000));
                return 2;
            case < 1 << 21:
                target[0] = (byte)((value >> 16) | 0xC0);
                BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)value);
                return 3;
            case < 1 << 28:
                BinaryPrimitives.WriteUInt32BigEndian(target, value | 0xE000_0000);
                return 4;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, "It takes more than 28 bits.");
        }
    }

    /// <summary>Reads a number of at most 32 bits and goes on behind it.</summary>
    /// <returns>False when it is cut short, or is a form for larger or negative numbers.</returns>
    public static bool TryReadVarint(ref ReadOnlySpan<byte> rest, out uint value)
    {
        value = 0;
        if (rest.IsEmpty)
        {
            return false;
        }

        var first = rest[0];
        var following = BitOperations.LeadingZeroCount((uint)(byte)~first) - 24;
        if (following > 4 || (following == 4 && first != 0xF0) || rest.Length <= following)
        {
            return false;
        }

        value = following == 4 ? 0 : first & (0xFFu >> (following + 1));
        foreach (var next in rest.Slice(1, following))
        {
            value = (value << 8) | next;
        }

        rest = rest[(1 + following)..];
        return true;
    }
}
