using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Tests.Specification;

namespace VoiceCluster.Cluster.Tests.Hosting;

public class JsonMessageCodecTests
{
    private static readonly JsonMessageCodec Codec = ProbeMessages.Codec;

    [Fact]
    public void Encode_Message_IsItsNameAndItsJson() =>
        Encoding.UTF8.GetString(Codec.Encode(new Note("hi"))).ShouldBe("""
            note{"Text":"hi"}
            """.Insert(0, "\u0004"));

    [Fact]
    public void TryDecode_EncodedMessage_GivesItBack()
    {
        Codec.TryDecode(Codec.Encode(new Echoed("a", 1, "b", "n", 2)), out var message).ShouldBeTrue();
        message.ShouldBe(new Echoed("a", 1, "b", "n", 2));
    }

    [Fact]
    public void Encode_UnregisteredType_IsAMistakeThatNamesIt() =>
        Should.Throw<ArgumentException>(() => Codec.Encode(new Unregistered())).Message.ShouldContain(nameof(Unregistered));

    [Fact]
    public void Constructor_TypeOrNameTwice_IsRefused()
    {
        Should.Throw<ArgumentException>(() => new JsonMessageCodec(Note("a"), Note("b")));
        Should.Throw<ArgumentException>(() => new JsonMessageCodec(Note("a"), MessageRegistration.Of("a", ProbeJson.Default.Echo)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("é")]
    public void Of_BadWireName_IsRefused(string name) => Should.Throw<ArgumentException>(() => Note(name));

    [Theory]
    [InlineData("")]
    [InlineData("\u0004not")]
    [InlineData("\u0004nope{}")]
    [InlineData("\u0004note")]
    [InlineData("\u0004notenull")]
    [InlineData("\u0004note{\"Text\":1}")]
    [InlineData("\u0004note{\"Text\":\"hi\"")]
    [InlineData("\u0004note{\"Text\":\"hi\"}{}")]
    [InlineData("\u0004noteé")]
    public void TryDecode_Malformed_IsRefused(string text) =>
        Codec.TryDecode(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();

    [Fact]
    public void TryDecode_DeeplyNested_IsRefused() =>
        Codec.TryDecode(Encoding.UTF8.GetBytes("\u0004note" + new string('[', 10_000)), out _).ShouldBeFalse();

    [Fact]
    public void TryDecode_AnyBytes_NeverThrows() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            Codec.TryDecode(bytes, out _);
            Codec.TryDecode([.. "\u0004note"u8, .. bytes], out _);
        }).QuickCheckThrowOnFailure();

    private static MessageRegistration Note(string name) => MessageRegistration.Of(name, ProbeJson.Default.Note);
}
