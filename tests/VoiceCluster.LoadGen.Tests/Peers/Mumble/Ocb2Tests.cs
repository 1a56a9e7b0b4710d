using VoiceCluster.LoadGen.Peers.Mumble;

namespace VoiceCluster.LoadGen.Tests.Peers.Mumble;

public sealed class Ocb2Tests
{
    // draft-krovetz-ocb-00, appendix "Test vectors": key and nonce are 00 01 .. 0f, the text is 00 01 .. as far as it goes.
    private static readonly byte[] Counting = [.. Enumerable.Range(0, 16).Select(value => (byte)value)];

    [Theory]
    [InlineData(0, "", "bf3108130773ad5ec70ec69e7875a7b0")]
    [InlineData(40, "f75d6bc8b4dc8d66b836a2b08b32a6369f1cd3c5228d79fd6c267f5f6aa7b231c7dfb9d59951ae9c", "9db0cdf880f73e3e10d4eb3217766688")]
    public void Seal_and_open_agree_with_the_published_vectors(int length, string ciphertext, string tag)
    {
        using var ocb2 = new Ocb2(Counting);
        var plaintext = Enumerable.Range(0, length).Select(value => (byte)value).ToArray();
        var output = new byte[length];
        var made = new byte[16];
        ocb2.Seal(Counting, plaintext, output, made);
        Convert.ToHexStringLower(output).ShouldBe(ciphertext);
        Convert.ToHexStringLower(made).ShouldBe(tag);

        ocb2.Open(Counting, output, output, made);
        output.ShouldBe(plaintext);
        Convert.ToHexStringLower(made).ShouldBe(tag);
    }

    [Fact]
    public void Open_undoes_seal_at_every_length()
    {
        using var ocb2 = new Ocb2(Counting);
        for (var length = 0; length <= 200; length++)
        {
            var plaintext = Enumerable.Range(0, length).Select(index => (byte)((index * 7) + length)).ToArray();
            var (sealedBytes, opened, sealTag, openTag) = (new byte[length], new byte[length], new byte[16], new byte[16]);
            ocb2.Seal(Counting, plaintext, sealedBytes, sealTag);
            ocb2.Open(Counting, sealedBytes, opened, openTag);
            opened.ShouldBe(plaintext, $"{length} bytes");
            openTag.ShouldBe(sealTag, $"{length} bytes");
        }
    }
}
