using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>XSalsa20-Poly1305, the secret box of NaCl, of libsodium. It has no associated data: clear bytes stay unprotected.</summary>
internal sealed unsafe class SodiumSecretBox(Sodium sodium, ReadOnlySpan<byte> key) : AuthenticatedCipher
{
    private readonly NativeSecret _key = NativeSecret.Copy(key);

    /// <inheritdoc />
    /// <remarks>The tag is checked before the first byte is written, so the plaintext may take the tag's place.</remarks>
    public override bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        int result;
        fixed (byte* iv = nonce, source = ciphertext, mac = tag, target = plaintext)
        {
            result = sodium.SecretBoxOpen(target, source, mac, (ulong)ciphertext.Length, iv, _key.Pointer);
        }

        GC.KeepAlive(this);
        return result == 0;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        int result;
        fixed (byte* iv = nonce, source = plaintext, mac = tag, target = ciphertext)
        {
            result = sodium.SecretBoxSeal(target, mac, source, (ulong)plaintext.Length, iv, _key.Pointer);
        }

        GC.KeepAlive(this);
        return result == 0;
    }

    /// <inheritdoc />
    public override void Dispose() => _key.Dispose();
}
