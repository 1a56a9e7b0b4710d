using System.Security.Cryptography;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>Tries a library before any packet depends on it.</summary>
internal static class SelfTest
{
    private const int NonceLength = 24;

    // Around the block sizes of the ciphers, a usual audio frame, and the largest datagram.
    private static ReadOnlySpan<int> TextLengths => [0, 1, 15, 16, 17, 63, 64, 65, 160, 255, 256, 1400];

    /// <summary>Tells whether two libraries seal alike, open what the other sealed, and refuse forgeries.</summary>
    public static bool Agree(CipherBackend candidate, CipherBackend reference)
    {
        var key = RandomNumberGenerator.GetBytes(TransportCipher.KeyLength);
        using var tested = candidate.Create(key);
        using var trusted = reference.Create(key);
        foreach (var length in TextLengths)
        {
            var message = Message.Random(length);
            var ours = message.Seal(tested);
            if (!ours.SequenceEqual(message.Seal(trusted)) || !message.OpensTo(tested, ours) || !message.RefusesForgeries(tested, ours))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells whether a library gives a known answer, opens it again, and refuses forgeries of it.</summary>
    public static bool Knows(CipherBackend candidate, KnownAnswer answer)
    {
        using var tested = candidate.Create(answer.Key);
        var message = new Message(answer.Nonce, answer.AssociatedData, answer.Plaintext);
        byte[] expected = [.. answer.Ciphertext, .. answer.Tag];
        return message.Seal(tested).SequenceEqual(expected)
            && message.OpensTo(tested, expected)
            && message.RefusesForgeries(tested, expected);
    }

    private sealed record Message(byte[] Nonce, byte[] AssociatedData, byte[] Plaintext)
    {
        public static Message Random(int length) => new(
            RandomNumberGenerator.GetBytes(NonceLength), RandomNumberGenerator.GetBytes(8 + (length % 69)), RandomNumberGenerator.GetBytes(length));

        public byte[] Seal(KeyedCipher cipher)
        {
            var box = new byte[Plaintext.Length + TransportCipher.TagLength];
            cipher.TrySeal(Nonce, AssociatedData, Plaintext, box.AsSpan(0, Plaintext.Length), box.AsSpan(Plaintext.Length));
            return box;
        }

        public bool OpensTo(KeyedCipher cipher, byte[] box) =>
            TryOpenInPlace(cipher, box, out var text) && text.SequenceEqual(Plaintext);

        public bool RefusesForgeries(KeyedCipher cipher, byte[] box)
        {
            foreach (var position in (ReadOnlySpan<int>)[0, box.Length / 2, box.Length - 1])
            {
                byte[] forged = [.. box];
                forged[position] ^= 1;
                if (TryOpenInPlace(cipher, forged, out _))
                {
                    return false;
                }
            }

            return true;
        }

        private bool TryOpenInPlace(KeyedCipher cipher, byte[] box, out ReadOnlySpan<byte> text)
        {
            byte[] copy = [.. box];
            var plaintext = copy.AsSpan(0, Plaintext.Length);
            text = plaintext;
            return cipher.TryOpen(Nonce, AssociatedData, plaintext, copy.AsSpan(Plaintext.Length), plaintext);
        }
    }
}
