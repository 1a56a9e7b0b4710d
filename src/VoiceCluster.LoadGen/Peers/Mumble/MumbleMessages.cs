using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>Types of messages on the control connection.</summary>
internal enum MumbleMessageType : ushort
{
    Version = 0,
    Authenticate = 2,
    Ping = 3,
    Reject = 4,
    ServerSync = 5,
    CryptSetup = 15,
}

/// <summary>The keys of a user's voice datagrams, 16 bytes each.</summary>
/// <param name="Key">The AES key of both directions.</param>
/// <param name="ClientNonce">Where the user's nonces begin.</param>
/// <param name="ServerNonce">Where the server's nonces begin.</param>
internal sealed record CryptSetup(ImmutableArray<byte> Key, ImmutableArray<byte> ClientNonce, ImmutableArray<byte> ServerNonce);

/// <summary>The few control messages a bench user needs.</summary>
/// <remarks>On the wire: type (2 bytes) | length (4 bytes), both big endian | protobuf. Source: Mumble.proto of Mumble 1.3.</remarks>
internal static class MumbleMessages
{
    /// <summary>Bytes before a message.</summary>
    public const int HeaderBytes = 6;

    /// <summary>The longest message taken; far above what a login brings.</summary>
    public const int LongestMessage = 1 << 20;

    // 1.3.4, as one byte or two for each part.
    private const uint ClientVersion = 0x0001_03_04;

    /// <summary>Who the client is.</summary>
    public static byte[] Version()
    {
        var fields = new ProtobufWriter();
        fields.WriteNumber(1, ClientVersion);
        return Frame(MumbleMessageType.Version, fields.Written);
    }

    /// <summary>The user's name, and that it can do Opus.</summary>
    public static byte[] Authenticate(string name)
    {
        var fields = new ProtobufWriter();
        fields.WriteBytes(1, Encoding.UTF8.GetBytes(name));
        fields.WriteNumber(5, 1);
        return Frame(MumbleMessageType.Authenticate, fields.Written);
    }

    /// <summary>A sign of life.</summary>
    public static byte[] Ping() => Frame(MumbleMessageType.Ping, []);

    /// <summary>Reads a header of <see cref="HeaderBytes"/> bytes.</summary>
    /// <returns>False when the message would be longer than <see cref="LongestMessage"/>.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out MumbleMessageType type, out int length)
    {
        type = (MumbleMessageType)BinaryPrimitives.ReadUInt16BigEndian(header);
        length = BinaryPrimitives.ReadInt32BigEndian(header[2..]);
        return length is >= 0 and <= LongestMessage;
    }

    /// <summary>Reads the user's session number out of ServerSync.</summary>
    public static bool TryReadSession(ReadOnlySpan<byte> serverSync, out uint session)
    {
        session = 0;
        var found = false;
        var reader = new ProtobufReader(serverSync);
        while (reader.TryRead(out var field))
        {
            if (field is { Number: 1, IsBytes: false })
            {
                (session, found) = ((uint)field.Value, true);
            }
        }

        return found && reader.IsComplete;
    }

    /// <summary>Reads the keys; null when one is missing or has the wrong length.</summary>
    public static CryptSetup? ReadCryptSetup(ReadOnlySpan<byte> message)
    {
        ImmutableArray<byte>[] parts = [[], [], []];
        var reader = new ProtobufReader(message);
        while (reader.TryRead(out var field))
        {
            if (field is { Number: >= 1 and <= 3, IsBytes: true })
            {
                parts[field.Number - 1] = [.. field.Bytes];
            }
        }

        return reader.IsComplete && parts.All(part => part.Length == Ocb2.BlockBytes) ? new CryptSetup(parts[0], parts[1], parts[2]) : null;
    }

    /// <summary>Reads why a login was refused.</summary>
    public static string ReadRejectReason(ReadOnlySpan<byte> reject)
    {
        var reader = new ProtobufReader(reject);
        while (reader.TryRead(out var field))
        {
            if (field is { Number: 2, IsBytes: true })
            {
                return Encoding.UTF8.GetString(field.Bytes);
            }
        }

        return "no reason given";
    }

    private static byte[] Frame(MumbleMessageType type, ReadOnlySpan<byte> message)
    {
        var frame = new byte[HeaderBytes + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)type);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(2), message.Length);
        message.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }
}
