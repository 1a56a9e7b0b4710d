using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of libcrypto, with one context kept per direction: per packet only the nonce is set.</summary>
internal sealed unsafe class OpenSslAesGcm(OpenSsl openSsl) : AuthenticatedCipher
{
    private readonly OpenSsl _openSsl = openSsl;

    /// <inheritdoc />
    public override CipherKey CreateKey(ReadOnlySpan<byte> key) => new OpenSslKey(_openSsl, key);

    /// <inheritdoc />
    public override bool TryOpen(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* ciphertext, int length, byte* tag, byte* plaintext)
    {
        var context = OpenSslKey.Opening(key);
        var isAuthentic = Process(context, nonce, associatedData, associatedLength, ciphertext, length, plaintext)
            && SetTag(context, tag)
            && Finish(context);
        if (!isAuthentic)
        {
            _openSsl.ClearErrors();
            new Span<byte>(plaintext, length).Clear();
        }

        return isAuthentic;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        nint key, byte* nonce, byte* associatedData, int associatedLength, byte* plaintext, int length, byte* ciphertext, byte* tag)
    {
        var context = OpenSslKey.Sealing(key);
        return Process(context, nonce, associatedData, associatedLength, plaintext, length, ciphertext)
            && Finish(context)
            && GetTag(context, tag);
    }

    /// <inheritdoc />
    public override void Prefetch(nint key) => CacheLines.Prefetch(key, 0, OpenSslKey.Length);

    private bool Process(nint context, byte* nonce, byte* associatedData, int associatedLength, byte* source, int length, byte* target)
    {
        int written;
        return _openSsl.CipherInit(context, 0, 0, null, nonce, OpenSsl.KeepDirection) == 1
            && _openSsl.CipherUpdate(context, null, &written, associatedData, associatedLength) == 1
            && (length == 0 || _openSsl.CipherUpdate(context, target, &written, source, length) == 1);
    }

    // In GCM this call checks or makes the tag and writes no text, but wants a place where it could.
    private bool Finish(nint context)
    {
        byte* nothing = stackalloc byte[TransportCipher.TagLength];
        int written;
        return _openSsl.CipherFinal(context, nothing, &written) == 1;
    }

    private bool SetTag(nint context, byte* tag)
    {
        var parameters = stackalloc OpenSslParameter[2];
        _openSsl.FillTagParameters(parameters, tag);
        return _openSsl.SetContextParameters(context, parameters) == 1;
    }

    private bool GetTag(nint context, byte* tag)
    {
        var parameters = stackalloc OpenSslParameter[2];
        _openSsl.FillTagParameters(parameters, tag);
        return _openSsl.GetContextParameters(context, parameters) == 1;
    }
}
