using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of intel-ipsec-mb: one native call per packet, on expanded keys that both directions share.</summary>
[SkipLocalsInit]
internal sealed unsafe class IpsecMbAesGcm(IpsecMb ipsecMb) : AuthenticatedCipher
{
    // Round keys at the front, powers of the hash key at the back, the lowest last. Of those a voice packet needs a dozen.
    private const int RoundKeysEnd = 240;
    private const int LowPowersBegin = 816;
    private const int LowPowersEnd = 1008;

    private readonly IpsecMb _ipsecMb = ipsecMb;

    /// <inheritdoc />
    public override CipherKey CreateKey(ReadOnlySpan<byte> key)
    {
        var expanded = new NativeSecret(IpsecMb.KeyDataLength);
        using var alignedKey = NativeSecret.Copy(key);
        _ipsecMb.ExpandKey(alignedKey.Pointer, expanded.Pointer);
        return expanded;
    }

    /// <inheritdoc />
    public override bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext)
    {
        var context = stackalloc byte[IpsecMb.ContextLength];
        var computed = stackalloc byte[TransportCipher.TagLength];
        _ipsecMb.Decrypt(
            (byte*)key, context, plaintext, ciphertext, (ulong)length, nonce, associatedData, (ulong)associatedLength, computed, TransportCipher.TagLength);
        if (TagsAreEqual(computed, tag))
        {
            return true;
        }

        new Span<byte>(plaintext, length).Clear();
        return false;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag)
    {
        var context = stackalloc byte[IpsecMb.ContextLength];
        _ipsecMb.Encrypt(
            (byte*)key, context, ciphertext, plaintext, (ulong)length, nonce, associatedData, (ulong)associatedLength, tag, TransportCipher.TagLength);
        return true;
    }

    /// <inheritdoc />
    public override void Prefetch(nint key)
    {
        CacheLines.Prefetch(key, 0, RoundKeysEnd);
        CacheLines.Prefetch(key, LowPowersBegin, LowPowersEnd);
    }

    // All 16 bytes in one comparison, so no time depends on where they differ. CryptographicOperations.FixedTimeEquals goes byte
    // by byte in code the compiler may not optimise, which here took longer than decrypting the packet.
    private static bool TagsAreEqual(byte* computed, byte* tag) => Vector128.Load(computed) == Vector128.Load(tag);
}
