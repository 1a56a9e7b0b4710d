using System.Buffers.Binary;
using System.Security.Cryptography;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>AES in counter mode, as SRTP uses it for packets and to make session keys out of a master key.</summary>
internal static class SrtpCounterMode
{
    private const int BlockBytes = 16;
    private const int CounterOffset = 14;
    private const int SaltBytes = 14;
    private const int LabelOffset = 7;

    /// <summary>XORs the key stream into data.</summary>
    /// <param name="aes">With the key.</param>
    /// <param name="start">16 bytes, of which the last two are 0 and count the blocks.</param>
    /// <param name="data">At most 2^16 blocks.</param>
    public static void Apply(Aes aes, ReadOnlySpan<byte> start, Span<byte> data)
    {
        var blocks = (data.Length + BlockBytes - 1) / BlockBytes;
        Span<byte> stream = blocks <= 128 ? stackalloc byte[blocks * BlockBytes] : new byte[blocks * BlockBytes];
        for (var block = 0; block < blocks; block++)
        {
            var counter = stream.Slice(block * BlockBytes, BlockBytes);
            start.CopyTo(counter);
            BinaryPrimitives.WriteUInt16BigEndian(counter[CounterOffset..], (ushort)block);
        }

        aes.EncryptEcb(stream, stream, PaddingMode.None);
        for (var index = 0; index < data.Length; index++)
        {
            data[index] ^= stream[index];
        }
    }

    /// <summary>Derives a session key, with a key derivation rate of 0.</summary>
    /// <param name="masterKey">16 or 32 bytes.</param>
    /// <param name="masterSalt">14 bytes, or 12 of an AEAD suite, to which two zeros are added behind.</param>
    /// <param name="label">What the key is for.</param>
    /// <param name="bytes">The length wanted.</param>
    /// <remarks>Source: RFC 3711 section 4.3, RFC 6188 section 3 for 32 bytes, RFC 7714 section 11 for the salt.</remarks>
    public static byte[] DeriveKey(ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt, SrtpKeyLabel label, int bytes)
    {
        using var aes = Aes.Create();
        aes.SetKey(masterKey);
        Span<byte> start = stackalloc byte[BlockBytes];
        start.Clear();
        masterSalt[..Math.Min(SaltBytes, masterSalt.Length)].CopyTo(start);
        start[LabelOffset] ^= (byte)label;
        var key = new byte[bytes];
        Apply(aes, start, key);
        return key;
    }
}

/// <summary>What a session key is for; the numbers of RFC 3711, section 4.3.1.</summary>
internal enum SrtpKeyLabel : byte
{
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
}
