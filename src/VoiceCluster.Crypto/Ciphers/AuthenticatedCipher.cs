using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>An authenticated cipher of one library, with a 16-byte tag kept apart from the text. It has no key of its own.</summary>
/// <remarks>
/// A key comes with every call, so that one object serves all sessions and a packet for the next of them touches nothing but that one's
/// key. Calls under one key must not overlap. Lengths are the caller's duty, and that the key lives: the methods are on the packet path.
/// </remarks>
internal abstract unsafe class AuthenticatedCipher
{
    /// <summary>Makes a key ready. It is copied and, with what is derived from it, wiped when disposed.</summary>
    /// <param name="key">32 bytes.</param>
    public abstract CipherKey CreateKey(ReadOnlySpan<byte> key);

    /// <summary>Checks the tag and decrypts.</summary>
    /// <param name="key">The handle of a key of this cipher.</param>
    /// <param name="nonce">24 bytes, of which a cipher takes as many as its nonce has from the front.</param>
    /// <param name="associatedData">Bytes the tag also covers. Ignored by ciphers that have none.</param>
    /// <param name="associatedLength">How many there are.</param>
    /// <param name="ciphertext">As many bytes as <paramref name="length"/> says.</param>
    /// <param name="length">Any length.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="plaintext">As long as the ciphertext; may be the same memory, or begin where the tag does.</param>
    /// <returns>False if the tag is wrong; no plaintext is left behind then.</returns>
    public abstract bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext);

    /// <summary>Encrypts and makes the tag.</summary>
    /// <param name="key">As for <see cref="TryOpen"/>.</param>
    /// <param name="nonce">As for <see cref="TryOpen"/>.</param>
    /// <param name="associatedData">As for <see cref="TryOpen"/>.</param>
    /// <param name="associatedLength">As for <see cref="TryOpen"/>.</param>
    /// <param name="plaintext">As many bytes as <paramref name="length"/> says.</param>
    /// <param name="length">Any length.</param>
    /// <param name="ciphertext">As long as the plaintext, other memory.</param>
    /// <param name="tag">16 bytes.</param>
    /// <returns>False only if the library fails.</returns>
    public abstract bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag);

    /// <summary>Asks for what sealing an audio frame reads of a key to be brought into the cache. A hint: the handle is all it looks at.</summary>
    public abstract void Prefetch(nint key);
}
