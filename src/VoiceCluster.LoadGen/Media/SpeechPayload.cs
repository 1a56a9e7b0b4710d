using System.Buffers.Binary;

namespace VoiceCluster.LoadGen.Media;

/// <summary>What test packets carry: when and by whom they were sent, and bytes that can be checked.</summary>
/// <remarks>
/// <code>
/// 0                    8             12                16
/// | sent at, ns 1970   | user        | number          | 0, 1, 2, … |
/// </code>
/// All little endian.
/// </remarks>
internal static class SpeechPayload
{
    /// <summary>The shortest payload.</summary>
    public const int MinimumLength = 16;

    /// <summary>Writes the part that never changes.</summary>
    public static void WritePattern(Span<byte> payload)
    {
        for (var i = MinimumLength; i < payload.Length; i++)
        {
            payload[i] = (byte)(i - MinimumLength);
        }
    }

    /// <summary>Writes the part that changes with every packet.</summary>
    public static void Write(Span<byte> payload, long unixNanoseconds, int user, uint number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload, unixNanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(payload[8..], user);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[12..], number);
    }

    /// <summary>Reads a payload.</summary>
    /// <returns>False if it is not one of these, or not whole.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, int length, out SpeechStamp stamp)
    {
        stamp = default;
        if (payload.Length != length || length < MinimumLength)
        {
            return false;
        }

        for (var i = MinimumLength; i < payload.Length; i++)
        {
            if (payload[i] != (byte)(i - MinimumLength))
            {
                return false;
            }
        }

        stamp = new SpeechStamp(
            BinaryPrimitives.ReadInt64LittleEndian(payload),
            BinaryPrimitives.ReadInt32LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(payload[12..]));
        return true;
    }
}

/// <summary>What a test packet says of itself.</summary>
internal readonly record struct SpeechStamp(long SentAt, int User, uint Number);
