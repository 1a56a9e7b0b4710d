using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) of libsodium.</summary>
internal sealed unsafe class SodiumXChaCha20Poly1305(Sodium sodium, ReadOnlySpan<byte> key) : AuthenticatedCipher
{
    private readonly NativeSecret _key = NativeSecret.Copy(key);

    /// <inheritdoc />
    public override bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        int result;
        fixed (byte* iv = nonce, aad = associatedData, source = ciphertext, mac = tag, target = plaintext)
        {
            result = sodium.XChaChaOpen(
                target, null, source, (ulong)ciphertext.Length, mac, aad, (ulong)associatedData.Length, iv, _key.Pointer);
        }

        GC.KeepAlive(this);
        return result == 0;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        int result;
        fixed (byte* iv = nonce, aad = associatedData, source = plaintext, mac = tag, target = ciphertext)
        {
            result = sodium.XChaChaSeal(
                target, mac, null, source, (ulong)plaintext.Length, aad, (ulong)associatedData.Length, null, iv, _key.Pointer);
        }

        GC.KeepAlive(this);
        return result == 0;
    }

    /// <inheritdoc />
    public override void Dispose() => _key.Dispose();
}
