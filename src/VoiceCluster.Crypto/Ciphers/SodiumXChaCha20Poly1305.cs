using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) of libsodium.</summary>
internal sealed unsafe class SodiumXChaCha20Poly1305(Sodium sodium) : AuthenticatedCipher
{
    private readonly Sodium _sodium = sodium;

    /// <inheritdoc />
    public override CipherKey CreateKey(ReadOnlySpan<byte> key) => NativeSecret.Copy(key);

    /// <inheritdoc />
    public override bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext) =>
        _sodium.XChaChaOpen(
            plaintext, null, ciphertext, (ulong)length, tag, associatedData, (ulong)associatedLength, nonce, (byte*)key) == 0;

    /// <inheritdoc />
    public override bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag) =>
        _sodium.XChaChaSeal(
            ciphertext, tag, null, plaintext, (ulong)length, associatedData, (ulong)associatedLength, null, nonce, (byte*)key) == 0;

    /// <inheritdoc />
    public override void Prefetch(nint key) => CacheLines.Prefetch(key, 0, TransportCipher.KeyLength);
}
