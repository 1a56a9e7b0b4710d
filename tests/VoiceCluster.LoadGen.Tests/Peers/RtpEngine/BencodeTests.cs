using System.Text;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Tests.Peers.RtpEngine;

public sealed class BencodeTests
{
    // The examples of BEP 3, and nested ones.
    [Theory]
    [InlineData("4:spam")]
    [InlineData("0:")]
    [InlineData("i3e")]
    [InlineData("i-3e")]
    [InlineData("l4:spam4:eggse")]
    [InlineData("d3:cow3:moo4:spam4:eggse")]
    [InlineData("d4:spaml1:a1:bee")]
    [InlineData("le")]
    [InlineData("de")]
    [InlineData("d4:dictd1:ai1eee")]
    public void What_is_read_is_written_again(string text) =>
        Encoding.Latin1.GetString(Bencode.Write(Bencode.Read(Encoding.Latin1.GetBytes(text)).ShouldNotBeNull())).ShouldBe(text);

    [Fact]
    public void Dictionary_gives_texts_by_name()
    {
        var dictionary = Bencode.Read("d6:result2:ok4:tagsle4:timei7ee"u8).ShouldBeOfType<BencodeValue.Dictionary>();
        dictionary.TextOf("result").ShouldBe("ok");
        dictionary.TextOf("time").ShouldBeNull();
        dictionary.TextOf("sdp").ShouldBeNull();
    }

    [Fact]
    public void Keys_are_written_in_order_whatever_order_they_came_in() =>
        Encoding.Latin1.GetString(Bencode.Write(Bencode.Read("d1:bi2e1:ai1ee"u8).ShouldNotBeNull())).ShouldBe("d1:ai1e1:bi2ee");

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("4:spa")]
    [InlineData("4spam")]
    [InlineData("-1:")]
    [InlineData("99999999999:a")]
    [InlineData("99999999999999999999999:a")]
    [InlineData("ie")]
    [InlineData("i12")]
    [InlineData("i1x2e")]
    [InlineData("l4:spam")]
    [InlineData("d3:cowe")]
    [InlineData("di1ei2ee")]
    [InlineData("4:spamx")]
    [InlineData("e")]
    public void What_is_none_is_refused(string text) => Bencode.Read(Encoding.Latin1.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void Nesting_without_end_is_refused() => Bencode.Read(Enumerable.Repeat((byte)'l', 100_000).ToArray()).ShouldBeNull();
}
