using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Primitives;

public sealed class JsonFrameTests
{
    [Theory]
    [InlineData("""{"x":"\ud800"}""", "\ufffd")]
    [InlineData("""{"x":"\udc00"}""", "\ufffd")]
    [InlineData("""{"x":"\udc00\ud800"}""", "\ufffd\ufffd")]
    [InlineData("""{"x":"\ud800\ud800\udc00"}""", "\ufffd\ud800\udc00")]
    [InlineData("""{"x":"\uD83D\uDE00"}""", "\ud83d\ude00")]
    [InlineData("""{"x":"\ud83d\\ude00"}""", "\ufffd\\ude00")]
    [InlineData("""{"x":"\\ud800"}""", "\\ud800")]
    [InlineData("""{"x":"\\\ud800"}""", "\\\ufffd")]
    [InlineData("""{"x":"\ud800\n"}""", "\ufffd\n")]
    [InlineData("""{"x":"\u0041"}""", "A")]
    [InlineData("""{"x":"\u0000"}""", "\0")]
    public void TryParse_halves_of_pairs_become_the_replacement_character(string json, string expected)
    {
        JsonFrame.TryParse(Encoding.UTF8.GetBytes(json), 8, out var document).ShouldBeTrue();
        using (document)
        {
            document.RootElement.GetProperty("x").GetString().ShouldBe(expected);
        }
    }

    [Fact]
    public void TryParse_half_a_pair_in_a_name_does_not_hide_the_other_names()
    {
        JsonFrame.TryParse("""{"\ud800":1,"y":2}"""u8, 8, out var document).ShouldBeTrue();
        using (document)
        {
            document.RootElement.GetProperty("y").GetInt32().ShouldBe(2);
            document.RootElement.TryGetProperty("z", out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{\"x\":\"\\ud8\"}")]
    [InlineData("{\"x\":\"\\")]
    [InlineData("{\"x\":\"\\u")]
    [InlineData("{\"x\":\"\\ud800\\u")]
    [InlineData("{\"x\":\"\\ud800\\udc0")]
    [InlineData("[[[]]]")]
    [InlineData("1 2")]
    [InlineData("/**/1")]
    [InlineData("[1,]")]
    [InlineData("NaN")]
    public void TryParse_what_is_no_json_of_this_depth_is_refused(string json) =>
        JsonFrame.TryParse(Encoding.UTF8.GetBytes(json), 2, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_bytes_that_are_no_utf8_are_refused()
    {
        JsonFrame.TryParse([.. "\""u8, 0xC3, .. "\""u8], 8, out _).ShouldBeFalse();
        JsonFrame.TryParse([.. "\""u8, 0xED, 0xA0, 0x80, .. "\""u8], 8, out _).ShouldBeFalse();
        JsonFrame.TryParse([.. "\""u8, 0xC0, 0xAF, .. "\""u8], 8, out _).ShouldBeFalse();
    }

    [Fact]
    public void TryParse_leaves_the_callers_buffer_alone()
    {
        var frame = """{"x":"\ud800"}"""u8.ToArray();
        JsonFrame.TryParse(frame, 8, out var document).ShouldBeTrue();
        document.Dispose();
        frame.ShouldBe("""{"x":"\ud800"}"""u8.ToArray());
    }

    [Fact]
    public void TryParse_every_string_of_whatever_parses_can_be_read()
    {
        string[] pieces = ["\\ud800", "\\udc00", "\\uDBFF", "\\u0041", "\\\\", "\\n", "u", "d800", "é", "\\\"", "\\uFFFF", "😀"];
        var text = Gen.Elements(pieces).ListOf().Select(string.Concat);
        var property = Prop.ForAll(text.ToArbitrary(), body =>
        {
            var json = Encoding.UTF8.GetBytes($$"""{"{{body}}":"{{body}}","y":1}""");
            JsonFrame.TryParse(json, 4, out var document).ShouldBeTrue();
            using (document)
            {
                var first = document.RootElement.EnumerateObject().First();
                return first.Value.GetString() == first.Name && document.RootElement.GetProperty("y").GetInt32() == 1;
            }
        });
        property.QuickCheckThrowOnFailure();
    }
}
