using System.Security.Cryptography;
using VoiceCluster.Crypto.Ciphers;

namespace VoiceCluster.Crypto.Tests.Ciphers;

public sealed class CipherBackendTests
{
    private const int Rounds = 2000;

    [OpenSslFact]
    public void OpenSsl_AnyMessage_AgreesWithTheBaseLibrary() =>
        ShouldAgree(CipherBackends.OpenSslAesGcm, CipherBackends.BaseLibraryAesGcm);

    [IpsecMbFact]
    public void IpsecMb_AnyMessage_AgreesWithTheBaseLibrary() =>
        ShouldAgree(CipherBackends.IpsecMbAesGcm, CipherBackends.BaseLibraryAesGcm);

    [IpsecMbFact]
    public void IpsecMb_AfterAForgery_StillOpensTheNextMessage() => ShouldRecover(CipherBackends.IpsecMbAesGcm);

    [OpenSslFact]
    public void OpenSsl_AfterAForgery_StillOpensTheNextMessage() => ShouldRecover(CipherBackends.OpenSslAesGcm);

    [Fact]
    public void BaseLibrary_AfterAForgery_StillOpensTheNextMessage() => ShouldRecover(CipherBackends.BaseLibraryAesGcm);

    [SodiumFact]
    public void XChaCha_AfterAForgery_StillOpensTheNextMessage() => ShouldRecover(CipherBackends.XChaCha20Poly1305);

    [SodiumFact]
    public void SecretBox_AfterAForgery_StillOpensTheNextMessage() => ShouldRecover(CipherBackends.SecretBox);

    [SodiumFact]
    public void XChaCha_AnyMessage_AgreesWithChaChaOfTheBaseLibraryUnderTheSubkey()
    {
        // The vectors name the subkey that HChaCha20 derives; under it the mode is plain ChaCha20-Poly1305 with a zero nonce.
        if (!ChaCha20Poly1305.IsSupported)
        {
            return;
        }

        using var document = TestKit.Vectors.Load("aead_xchacha20_poly1305_rtpsize");
        foreach (var vector in document.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var key = TestKit.Vectors.Hex(vector, "key");
            var plaintext = TestKit.Vectors.Hex(vector, "plaintext");
            var associatedData = TestKit.Vectors.Hex(vector, "aad");
            var subkey = vector.GetProperty("intermediate").EnumerateObject().First(p => p.Name.Contains("subkey", StringComparison.OrdinalIgnoreCase));
            using var reference = new ChaCha20Poly1305(Convert.FromHexString(subkey.Value.GetString()!));
            using var cipher = CipherBackends.XChaCha20Poly1305.Create(key);
            var (expected, expectedTag) = (new byte[plaintext.Length], new byte[16]);
            var (actual, actualTag) = (new byte[plaintext.Length], new byte[16]);

            reference.Encrypt(new byte[12], plaintext, expected, expectedTag, associatedData);
            cipher.TrySeal(TestKit.Vectors.Hex(vector, "nonce"), associatedData, plaintext, actual, actualTag).ShouldBeTrue();

            actual.ShouldBe(expected);
            actualTag.ShouldBe(expectedTag);
        }
    }

    private static void ShouldAgree(CipherBackend candidate, CipherBackend reference)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var key = Bytes(random, 32);
        using var tested = candidate.Create(key);
        using var trusted = reference.Create(key);
        for (var round = 0; round < Rounds; round++)
        {
            var (nonce, associatedData, plaintext) = (Bytes(random, 24), Bytes(random, random.Next(8, 77)), Bytes(random, random.Next(0, 1500)));
            var ours = Seal(tested, nonce, associatedData, plaintext);
            var theirs = Seal(trusted, nonce, associatedData, plaintext);

            ours.ShouldBe(theirs, $"seed {seed}, round {round}");
            TryOpen(tested, nonce, associatedData, theirs, out var opened).ShouldBeTrue($"seed {seed}, round {round}");
            opened.ShouldBe(plaintext);
            var forged = Forge(random, ours);
            TryOpen(tested, nonce, associatedData, forged, out _).ShouldBeFalse($"seed {seed}, round {round}");
            TryOpen(tested, nonce, Forge(random, associatedData), ours, out _).ShouldBeFalse($"seed {seed}, round {round}");
        }
    }

    private static void ShouldRecover(CipherBackend backend)
    {
        var random = new Random(1);
        using var cipher = backend.Create(Bytes(random, 32));
        for (var round = 0; round < 100; round++)
        {
            var (nonce, associatedData, plaintext) = (Bytes(random, 24), Bytes(random, 12), Bytes(random, round));
            var box = Seal(cipher, nonce, associatedData, plaintext);

            TryOpen(cipher, nonce, associatedData, Forge(random, box), out var left).ShouldBeFalse();
            left.ShouldNotBe(plaintext.Length == 0 ? [1] : plaintext);
            TryOpen(cipher, nonce, associatedData, box, out var opened).ShouldBeTrue();
            opened.ShouldBe(plaintext);
        }
    }

    private static byte[] Seal(KeyedCipher cipher, byte[] nonce, byte[] associatedData, byte[] plaintext)
    {
        var box = new byte[plaintext.Length + 16];
        cipher.TrySeal(nonce, associatedData, plaintext, box.AsSpan(0, plaintext.Length), box.AsSpan(plaintext.Length)).ShouldBeTrue();
        return box;
    }

    private static bool TryOpen(KeyedCipher cipher, byte[] nonce, byte[] associatedData, byte[] box, out byte[] plaintext)
    {
        plaintext = new byte[box.Length - 16];
        return cipher.TryOpen(nonce, associatedData, box.AsSpan(0, plaintext.Length), box.AsSpan(plaintext.Length), plaintext);
    }

    private static byte[] Forge(Random random, byte[] original)
    {
        byte[] forged = [.. original];
        forged[random.Next(forged.Length)] ^= (byte)(1 << random.Next(8));
        return forged;
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
