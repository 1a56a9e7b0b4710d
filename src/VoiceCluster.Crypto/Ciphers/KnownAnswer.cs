namespace VoiceCluster.Crypto.Ciphers;

/// <summary>A text whose sealed form is published, to test a library with at start.</summary>
internal sealed record KnownAnswer(byte[] Key, byte[] Nonce, byte[] AssociatedData, byte[] Plaintext, byte[] Ciphertext, byte[] Tag)
{
    /// <summary>draft-irtf-cfrg-xchacha-03 appendix A.3.1.</summary>
    public static KnownAnswer XChaCha20Poly1305 { get; } = new(
        Convert.FromHexString("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
        Convert.FromHexString("404142434445464748494a4b4c4d4e4f5051525354555657"),
        Convert.FromHexString("50515253c0c1c2c3c4c5c6c7"),
        [.. "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8],
        Convert.FromHexString(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            + "21f9664c97637da9768812f615c68b13b52e"),
        Convert.FromHexString("c0875924c1c7987947deafd8780acf49"));

    /// <summary>"Cryptography in NaCl" (2009), section 10: the worked example of crypto_secretbox.</summary>
    public static KnownAnswer SecretBox { get; } = new(
        Convert.FromHexString("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"),
        Convert.FromHexString("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"),
        [],
        Convert.FromHexString(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
            + "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
            + "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
            + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"),
        Convert.FromHexString(
            "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a"
            + "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738"
            + "b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da"
            + "99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5"),
        Convert.FromHexString("f3ffc7703f9400e52a7dfb4b3d3305d9"));
}
