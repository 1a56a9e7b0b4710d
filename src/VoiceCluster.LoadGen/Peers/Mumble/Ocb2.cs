using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>OCB2 with AES-128: authenticated encryption of one packet, without associated data, with a 16-byte tag.</summary>
/// <remarks>
/// For this peer only. OCB2 is broken as an authenticated cipher (messages of certain shapes allow forgeries); no mode of ours uses it.
/// Not for use by two threads at once. Source: draft-krovetz-ocb-00, section 4.
/// </remarks>
internal sealed class Ocb2 : IDisposable
{
    /// <summary>Bytes of a key, a nonce and a tag.</summary>
    public const int BlockBytes = 16;

    private readonly Aes _aes = Aes.Create();

    /// <summary>Makes a cipher.</summary>
    /// <param name="key">16 bytes; copied.</param>
    public Ocb2(ReadOnlySpan<byte> key) => _aes.SetKey(key);

    /// <summary>Encrypts.</summary>
    /// <param name="nonce">16 bytes, never used twice with this key.</param>
    /// <param name="output">As long as <paramref name="plaintext"/>; may be the same memory.</param>
    /// <param name="tag">16 bytes.</param>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> output, Span<byte> tag)
    {
        var offset = Encrypt(Load(nonce));
        var checksum = Vector128<byte>.Zero;
        for (; plaintext.Length > BlockBytes; plaintext = plaintext[BlockBytes..], output = output[BlockBytes..])
        {
            var block = Load(plaintext);
            checksum ^= block;
            offset = Double(offset);
            Store(Encrypt(block ^ offset) ^ offset, output);
        }

        // The last block, whole or not, is encrypted like a stream; what its pad has beyond the text goes into the checksum.
        offset = Double(offset);
        var pad = Encrypt(LengthBlock(plaintext.Length) ^ offset);
        var last = LoadPadded(plaintext, pad);
        checksum ^= last;
        StorePart(last ^ pad, output[..plaintext.Length]);
        Store(Encrypt(checksum ^ Triple(offset)), tag);
    }

    /// <summary>Decrypts. The caller compares the tag, or the part of it that was sent, and drops the output if it differs.</summary>
    /// <param name="nonce">16 bytes.</param>
    /// <param name="output">As long as <paramref name="ciphertext"/>; may be the same memory.</param>
    /// <param name="tag">16 bytes: the tag that belongs to what was decrypted.</param>
    public void Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, Span<byte> output, Span<byte> tag)
    {
        var offset = Encrypt(Load(nonce));
        var checksum = Vector128<byte>.Zero;
        for (; ciphertext.Length > BlockBytes; ciphertext = ciphertext[BlockBytes..], output = output[BlockBytes..])
        {
            offset = Double(offset);
            var block = Decrypt(Load(ciphertext) ^ offset) ^ offset;
            checksum ^= block;
            Store(block, output);
        }

        offset = Double(offset);
        var pad = Encrypt(LengthBlock(ciphertext.Length) ^ offset);
        var last = LoadPadded(ciphertext, Vector128<byte>.Zero) ^ pad;
        checksum ^= last;
        StorePart(last, output[..ciphertext.Length]);
        Store(Encrypt(checksum ^ Triple(offset)), tag);
    }

    /// <inheritdoc />
    public void Dispose() => _aes.Dispose();

    /// <summary>Multiplies by x in GF(2^128), first byte highest.</summary>
    private static Vector128<byte> Double(Vector128<byte> block)
    {
        Span<byte> bytes = stackalloc byte[BlockBytes];
        Store(block, bytes);
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        var reduction = (value >> 127) == UInt128.Zero ? UInt128.Zero : 0x87;
        BinaryPrimitives.WriteUInt128BigEndian(bytes, (value << 1) ^ reduction);
        return Load(bytes);
    }

    private static Vector128<byte> Triple(Vector128<byte> block) => block ^ Double(block);

    /// <summary>The number of bits in the last block, as a block.</summary>
    private static Vector128<byte> LengthBlock(int bytes)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        block.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(block[^2..], (ushort)(bytes * 8));
        return Load(block);
    }

    private static Vector128<byte> Load(ReadOnlySpan<byte> bytes) => Vector128.Create(bytes[..BlockBytes]);

    private static Vector128<byte> LoadPadded(ReadOnlySpan<byte> part, Vector128<byte> padding)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        Store(padding, block);
        part.CopyTo(block);
        return Load(block);
    }

    private static void Store(Vector128<byte> block, Span<byte> target) => block.CopyTo(target);

    private static void StorePart(Vector128<byte> block, Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[BlockBytes];
        Store(block, bytes);
        bytes[..target.Length].CopyTo(target);
    }

    private Vector128<byte> Encrypt(Vector128<byte> block)
    {
        var bytes = MemoryMarshal.AsBytes(new Span<Vector128<byte>>(ref block));
        _aes.EncryptEcb(bytes, bytes, PaddingMode.None);
        return block;
    }

    private Vector128<byte> Decrypt(Vector128<byte> block)
    {
        var bytes = MemoryMarshal.AsBytes(new Span<Vector128<byte>>(ref block));
        _aes.DecryptEcb(bytes, bytes, PaddingMode.None);
        return block;
    }
}
