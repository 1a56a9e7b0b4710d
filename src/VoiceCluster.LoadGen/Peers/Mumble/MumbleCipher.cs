using System.Security.Cryptography;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>Seals and opens one user's datagrams.</summary>
/// <remarks>
/// A datagram is: lowest byte of the nonce | first 3 bytes of the tag | ciphertext. The nonces count up from what CryptSetup told, one series for
/// each direction. The server alters a bit of a packet whose second-to-last block is all zeros but for its last byte, so such packets are not to be
/// sent. Source: Mumble protocol documentation, "Voice data", Encryption. Not for use by two threads at once.
/// </remarks>
internal sealed class MumbleCipher : IDisposable
{
    /// <summary>What a datagram has before its ciphertext.</summary>
    public const int OverheadBytes = 1 + SentTagBytes;

    private const int SentTagBytes = 3;

    private readonly Ocb2 _ocb2;
    private readonly byte[] _sendNonce;
    private readonly byte[] _receiveNonce;

    /// <summary>Makes the cipher.</summary>
    /// <param name="setup">As the server told it; its arrays are copied.</param>
    public MumbleCipher(CryptSetup setup)
    {
        _ocb2 = new Ocb2(setup.Key.AsSpan());
        _sendNonce = [.. setup.ClientNonce];
        _receiveNonce = [.. setup.ServerNonce];
    }

    /// <summary>Seals a packet.</summary>
    /// <param name="datagram">At least <see cref="OverheadBytes"/> longer than the packet, and not overlapping it.</param>
    /// <returns>The length of the datagram.</returns>
    public int Seal(ReadOnlySpan<byte> packet, Span<byte> datagram)
    {
        Increment(_sendNonce);
        Span<byte> tag = stackalloc byte[Ocb2.BlockBytes];
        _ocb2.Seal(_sendNonce, packet, datagram[OverheadBytes..], tag);
        datagram[0] = _sendNonce[0];
        tag[..SentTagBytes].CopyTo(datagram[1..]);
        return packet.Length + OverheadBytes;
    }

    /// <summary>Opens a datagram that is newer than all before, with fewer than 256 lost in between.</summary>
    /// <param name="packet">At least as long as the datagram; of no use after a failure.</param>
    /// <returns>The length of the packet; -1 when the datagram is not authentic.</returns>
    public int Open(ReadOnlySpan<byte> datagram, Span<byte> packet)
    {
        if (datagram.Length < OverheadBytes)
        {
            return -1;
        }

        Span<byte> nonce = stackalloc byte[Ocb2.BlockBytes];
        _receiveNonce.CopyTo(nonce);
        do
        {
            Increment(nonce);
        }
        while (nonce[0] != datagram[0]);

        Span<byte> tag = stackalloc byte[Ocb2.BlockBytes];
        _ocb2.Open(nonce, datagram[OverheadBytes..], packet, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag[..SentTagBytes], datagram.Slice(1, SentTagBytes)))
        {
            return -1;
        }

        nonce.CopyTo(_receiveNonce);
        return datagram.Length - OverheadBytes;
    }

    /// <inheritdoc />
    public void Dispose() => _ocb2.Dispose();

    // Lowest byte first.
    private static void Increment(Span<byte> nonce)
    {
        foreach (ref var part in nonce)
        {
            if (++part != 0)
            {
                return;
            }
        }
    }
}
