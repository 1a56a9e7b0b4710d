using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspTokenTests
{
    [Fact]
    public void Compute_is_the_hmac_of_the_nonce_in_hex() => LvspToken.Compute(LvspRig.Secret, LvspRig.Nonce).ShouldBe(LvspRig.Token);

    [Fact]
    public void TryDecode_takes_every_spelling_of_the_same_bytes()
    {
        var property = Prop.ForAll(ArbMap.Default.GeneratorFor<byte>().ArrayOf(LvspToken.Length).ToArbitrary(), bytes =>
        {
            var base64 = Convert.ToBase64String(bytes);
            var base64Url = base64.Replace('+', '-').Replace('/', '_');
            string[] spellings =
            [
                Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes),
                base64, base64.TrimEnd('='), base64Url, base64Url.TrimEnd('='),
            ];
            foreach (var spelling in spellings)
            {
                var decoded = new byte[LvspToken.Length];
                LvspToken.TryDecode(spelling, decoded).ShouldBeTrue();
                decoded.ShouldBe(bytes);
            }
        });
        property.QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda")]
    [InlineData("506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3a")]
    [InlineData("506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fdag")]
    [InlineData("506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda\u0663")]
    [InlineData("UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/a==")]
    [InlineData("UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/aMA")]
    [InlineData("UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/ aM")]
    [InlineData("UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/aM\n")]
    [InlineData("UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32!aM=")]
    [InlineData("============================================")]
    public void TryDecode_anything_else_is_no_token(string? text) => LvspToken.TryDecode(text, new byte[LvspToken.Length]).ShouldBeFalse();

    [Fact]
    public void TryDecode_does_not_throw_for_any_text()
    {
        var lengths = Gen.Elements(0, 1, 42, 43, 44, 45, 63, 64, 65);
        var texts = lengths.SelectMany(length => ArbMap.Default.GeneratorFor<char>().ArrayOf(length)).Select(chars => new string(chars));
        Prop.ForAll(texts.ToArbitrary(), text => { _ = LvspToken.TryDecode(text, new byte[LvspToken.Length]); }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryVerify_finds_the_realm_among_several_secrets_of_several_realms()
    {
        var secrets = new LvspSecrets(new LvspSecret("a", "old"), new LvspSecret("a", "new"), new LvspSecret("b", "other"));
        Verify(secrets, "old").ShouldBe("a");
        Verify(secrets, "new").ShouldBe("a");
        Verify(secrets, "other").ShouldBe("b");
        Verify(secrets, "none").ShouldBeNull();
    }

    [Fact]
    public void TryVerify_a_token_for_another_nonce_is_refused()
    {
        var secrets = new LvspSecrets(new LvspSecret("a", "old"));
        secrets.TryVerify("0123456789", Convert.FromHexString(LvspToken.Compute("old", "0123456788")), out var realm).ShouldBeFalse();
        realm.ShouldBeEmpty();
        secrets.TryVerify("0123456789", [], out _).ShouldBeFalse();
    }

    [Fact]
    public void Secrets_are_taken_as_utf8()
    {
        var secrets = new LvspSecrets(new LvspSecret("ü", "schlüssel-鍵"));
        Verify(secrets, "schlüssel-鍵").ShouldBe("ü");
    }

    [Fact]
    public void Secrets_that_cannot_work_are_refused()
    {
        Should.Throw<ArgumentException>(() => new LvspSecrets());
        Should.Throw<ArgumentException>(() => new LvspSecrets(new LvspSecret("a", "")));
        Should.Throw<ArgumentException>(() => new LvspSecrets(new LvspSecret("", "x")));
        Should.Throw<ArgumentException>(() => new LvspSecrets(new LvspSecret("a", "x"), new LvspSecret("b", "x")));
        Should.NotThrow(() => new LvspSecrets(new LvspSecret("a", "x"), new LvspSecret("a", "x")));
    }

    [Fact]
    public void Nonces_are_ten_alphanumerics_and_differ()
    {
        var nonces = Enumerable.Range(0, 200).Select(_ => LvspNonce.Create()).ToList();
        nonces.ShouldAllBe(nonce => nonce.Length == 10 && nonce.All(char.IsAsciiLetterOrDigit));
        nonces.Distinct().Count().ShouldBe(200);
    }

    [Fact]
    public void Credentials_have_their_lengths_and_alphabets()
    {
        LvspSessionId.Create().ShouldMatch("^[0-9a-f]{32}$");
        LvspCredential.CreateSessionId().ShouldMatch("^[A-Za-z0-9]{32}$");
        LvspCredential.IsSessionId(LvspCredential.CreateSessionId()).ShouldBeTrue();
    }

    private static string? Verify(LvspSecrets secrets, string secret) =>
        secrets.TryVerify("0123456789", Convert.FromHexString(LvspToken.Compute(secret, "0123456789")), out var realm) ? realm : null;
}
