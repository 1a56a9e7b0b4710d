using System.Runtime.InteropServices;
using System.Security.Cryptography;
using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of the base library: everywhere there, but slow, and slowest on forged packets.</summary>
internal sealed unsafe class BaseLibraryAesGcm : AuthenticatedCipher
{
    private const int NonceLength = 12;

    /// <inheritdoc />
    public override CipherKey CreateKey(ReadOnlySpan<byte> key) => new ObjectKey(new AesGcm(key, TransportCipher.TagLength));

    /// <inheritdoc />
    public override bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext)
    {
        // The only way this class tells of a wrong tag is to throw; it must not get further than here.
        try
        {
            ObjectKey.Resolve(key).Decrypt(
                new ReadOnlySpan<byte>(nonce, NonceLength),
                new ReadOnlySpan<byte>(ciphertext, length),
                new ReadOnlySpan<byte>(tag, TransportCipher.TagLength),
                new Span<byte>(plaintext, length),
                new ReadOnlySpan<byte>(associatedData, associatedLength));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            new Span<byte>(plaintext, length).Clear();
            return false;
        }
    }

    /// <inheritdoc />
    public override bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag)
    {
        ObjectKey.Resolve(key).Encrypt(
            new ReadOnlySpan<byte>(nonce, NonceLength),
            new ReadOnlySpan<byte>(plaintext, length),
            new Span<byte>(ciphertext, length),
            new Span<byte>(tag, TransportCipher.TagLength),
            new ReadOnlySpan<byte>(associatedData, associatedLength));
        return true;
    }

    /// <inheritdoc />
    public override void Prefetch(nint key)
    {
        // Where the object keeps its key is its own affair.
    }

    /// <summary>Names an object of the base library by a number.</summary>
    private sealed class ObjectKey : CipherKey
    {
        private readonly AesGcm _aes;
        private GCHandle<AesGcm> _reference;

        public ObjectKey(AesGcm aes)
        {
            _aes = aes;
            _reference = new GCHandle<AesGcm>(aes);
            SetHandle(GCHandle<AesGcm>.ToIntPtr(_reference));
        }

        public static AesGcm Resolve(nint key) => GCHandle<AesGcm>.FromIntPtr(key).Target;

        protected override bool ReleaseHandle()
        {
            _reference.Dispose();
            _aes.Dispose();
            return true;
        }
    }
}
