using System.Runtime.Intrinsics;
using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of intel-ipsec-mb: one native call per packet, on expanded keys that both directions share.</summary>
internal sealed unsafe class IpsecMbAesGcm : AuthenticatedCipher
{
    private readonly IpsecMb _ipsecMb;
    private readonly NativeSecret _memory = new(IpsecMb.KeyDataLength + IpsecMb.ContextLength);

    public IpsecMbAesGcm(IpsecMb ipsecMb, ReadOnlySpan<byte> key)
    {
        _ipsecMb = ipsecMb;
        using var alignedKey = NativeSecret.Copy(key);
        ipsecMb.ExpandKey(alignedKey.Pointer, _memory.Pointer);
    }

    private byte* Context => _memory.Pointer + IpsecMb.KeyDataLength;

    /// <inheritdoc />
    public override bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        Span<byte> computed = stackalloc byte[TransportCipher.TagLength];
        fixed (byte* iv = nonce, aad = associatedData, source = ciphertext, mac = computed, target = plaintext)
        {
            _ipsecMb.Decrypt(
                _memory.Pointer, Context, target, source, (ulong)ciphertext.Length, iv, aad, (ulong)associatedData.Length, mac, TransportCipher.TagLength);
        }

        GC.KeepAlive(this);
        var isAuthentic = TagsAreEqual(computed, tag);
        if (!isAuthentic)
        {
            plaintext.Clear();
        }

        return isAuthentic;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        fixed (byte* iv = nonce, aad = associatedData, source = plaintext, mac = tag, target = ciphertext)
        {
            _ipsecMb.Encrypt(
                _memory.Pointer, Context, target, source, (ulong)plaintext.Length, iv, aad, (ulong)associatedData.Length, mac, TransportCipher.TagLength);
        }

        GC.KeepAlive(this);
        return true;
    }

    /// <inheritdoc />
    public override void Dispose() => _memory.Dispose();

    // All 16 bytes in one comparison, so no time depends on where they differ. CryptographicOperations.FixedTimeEquals goes byte
    // by byte in code the compiler may not optimise, which here took longer than decrypting the packet.
    private static bool TagsAreEqual(ReadOnlySpan<byte> computed, ReadOnlySpan<byte> tag) =>
        Vector128.Create(computed) == Vector128.Create(tag);
}
