using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of libcrypto, with one context kept per direction: per packet only the nonce is set.</summary>
internal sealed unsafe class OpenSslAesGcm : AuthenticatedCipher
{
    private readonly OpenSsl _openSsl;
    private readonly OpenSslContext _opening;
    private readonly OpenSslContext _sealing;

    public OpenSslAesGcm(OpenSsl openSsl, ReadOnlySpan<byte> key)
    {
        _openSsl = openSsl;
        _opening = openSsl.CreateAes256Gcm(key, encrypt: false);
        _sealing = openSsl.CreateAes256Gcm(key, encrypt: true);
    }

    /// <inheritdoc />
    public override bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        var context = _opening.Pointer;
        bool isAuthentic;
        fixed (byte* iv = nonce, aad = associatedData, source = ciphertext, mac = tag, target = plaintext)
        {
            isAuthentic = Process(context, iv, aad, associatedData.Length, source, ciphertext.Length, target)
                && SetTag(context, mac)
                && Finish(context);
        }

        GC.KeepAlive(this);
        if (!isAuthentic)
        {
            _openSsl.ClearErrors();
            plaintext.Clear();
        }

        return isAuthentic;
    }

    /// <inheritdoc />
    public override bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        var context = _sealing.Pointer;
        bool isSealed;
        fixed (byte* iv = nonce, aad = associatedData, source = plaintext, mac = tag, target = ciphertext)
        {
            isSealed = Process(context, iv, aad, associatedData.Length, source, plaintext.Length, target)
                && Finish(context)
                && GetTag(context, mac);
        }

        GC.KeepAlive(this);
        return isSealed;
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _opening.Dispose();
        _sealing.Dispose();
    }

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
