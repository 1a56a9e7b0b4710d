using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>XSalsa20-Poly1305, the secret box of NaCl, of libsodium. It has no associated data: clear bytes stay unprotected.</summary>
internal sealed unsafe class SodiumSecretBox(Sodium sodium) : AuthenticatedCipher
{
    private readonly Sodium _sodium = sodium;

    /// <inheritdoc />
    public override CipherKey CreateKey(ReadOnlySpan<byte> key) => NativeSecret.Copy(key);

    /// <inheritdoc />
    /// <remarks>The tag is checked before the first byte is written, so the plaintext may take the tag's place.</remarks>
    public override bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext) =>
        _sodium.SecretBoxOpen(plaintext, ciphertext, tag, (ulong)length, nonce, (byte*)key) == 0;

    /// <inheritdoc />
    public override bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag) =>
        _sodium.SecretBoxSeal(ciphertext, tag, plaintext, (ulong)length, nonce, (byte*)key) == 0;

    /// <inheritdoc />
    public override void Prefetch(nint key) => CacheLines.Prefetch(key, 0, TransportCipher.KeyLength);
}
