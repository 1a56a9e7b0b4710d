using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Crypto.Ciphers;

namespace VoiceCluster.Crypto;

/// <summary>Seals or opens what one worker sends another: AES-256-GCM under a key that only this direction of this link has.</summary>
/// <remarks>
/// <para>The key is HKDF-SHA256 (RFC 5869) of the cluster's secret; its info names both ends in the order of the direction, each with its incarnation, so that the
/// ends swapped, another life of a node or another worker give another key. The nonce is four zero bytes and a 64-bit counter, which the sender
/// never repeats under one key.</para>
/// No method allocates, and none throws for what is in a packet. Calls must not overlap: an instance belongs to one thread at a time.
/// </remarks>
public sealed class RelayCipher : IDisposable
{
    /// <summary>Bytes by which a sealed packet is longer than header and body: the tag.</summary>
    public const int Overhead = TransportCipher.TagLength;

    private const int LinkLength = sizeof(ulong);
    private const int NonceLength = 24;
    private const int CounterOffset = 4;

    private readonly KeyedCipher _cipher;
    private bool _disposed;

    private RelayCipher(KeyedCipher cipher, ulong link)
    {
        _cipher = cipher;
        Link = link;
    }

    /// <summary>The key's public name, derived along with it.</summary>
    public ulong Link { get; }

    /// <summary>Derives the key of one direction.</summary>
    /// <param name="secret">The cluster's secret: any length but 0.</param>
    /// <param name="sender">Who seals.</param>
    /// <param name="receiver">Who opens.</param>
    public static RelayCipher Derive(ReadOnlySpan<byte> secret, RelayEnd sender, RelayEnd receiver)
    {
        ArgumentOutOfRangeException.ThrowIfZero(secret.Length, nameof(secret));
        Span<byte> derived = stackalloc byte[TransportCipher.KeyLength + LinkLength];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, derived, "VoiceCluster relay, version 1"u8, [.. Name(sender), .. Name(receiver)]);
            var link = BinaryPrimitives.ReadUInt64BigEndian(derived[TransportCipher.KeyLength..]);
            return new RelayCipher(CipherBackends.AesGcm.Create(derived[..TransportCipher.KeyLength]), link);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>Seals a packet in place.</summary>
    /// <param name="packet">Clear header, then room for body and tag.</param>
    /// <param name="headerLength">Bytes that stay clear and are covered by the tag.</param>
    /// <param name="body">What is sealed; other memory than <paramref name="packet"/>.</param>
    /// <param name="counter">0 or more, and never twice under this key.</param>
    /// <returns>The packet's length; 0 if there is not enough room.</returns>
    public int Seal(Span<byte> packet, int headerLength, ReadOnlySpan<byte> body, long counter)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(counter);
        var length = headerLength + body.Length + Overhead;
        if (packet.Length < length)
        {
            return 0;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, counter);
        var isSealed = _cipher.TrySeal(
            nonce, packet[..headerLength], body, packet.Slice(headerLength, body.Length), packet.Slice(headerLength + body.Length, Overhead));
        return isSealed ? length : 0;
    }

    /// <summary>Opens a packet in place.</summary>
    /// <param name="packet">The whole datagram. After a failure its bytes are of no use.</param>
    /// <param name="headerLength">Its clear bytes.</param>
    /// <param name="counter">As the header says.</param>
    /// <param name="bodyLength">Bytes of the body, which begins behind the header; 0 after a failure.</param>
    public OpenError Open(Span<byte> packet, int headerLength, long counter, out int bodyLength)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        bodyLength = 0;
        var length = packet.Length - headerLength - Overhead;
        if (length < 0)
        {
            return OpenError.TooShort;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, counter);
        var body = packet.Slice(headerLength, length);
        if (!_cipher.TryOpen(nonce, packet[..headerLength], body, packet[^Overhead..], body))
        {
            return OpenError.NotAuthentic;
        }

        bodyLength = length;
        return OpenError.None;
    }

    /// <summary>Wipes the key. Later calls throw.</summary>
    public void Dispose()
    {
        _disposed = true;
        _cipher.Dispose();
    }

    private static void WriteNonce(Span<byte> nonce, long counter)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[CounterOffset..], counter);
    }

    // The length in front keeps two ends from being read as two others.
    private static byte[] Name(RelayEnd end)
    {
        var name = Encoding.UTF8.GetBytes(end.Node);
        var bytes = new byte[sizeof(int) + name.Length + sizeof(long) + sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, name.Length);
        name.CopyTo(bytes, sizeof(int));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(int) + name.Length), end.Incarnation);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(sizeof(int) + name.Length + sizeof(long)), end.Worker);
        return bytes;
    }
}
