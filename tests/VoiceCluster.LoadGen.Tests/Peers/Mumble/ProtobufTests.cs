using VoiceCluster.LoadGen.Peers.Mumble;

namespace VoiceCluster.LoadGen.Tests.Peers.Mumble;

public sealed class ProtobufTests
{
    // The examples of the protobuf documentation, "Encoding": field 1 is 150, field 2 is "testing".
    private static readonly byte[] Example = Convert.FromHexString("089601120774657374696e67");

    [Fact]
    public void Writer_makes_the_documented_bytes()
    {
        var writer = new ProtobufWriter();
        writer.WriteNumber(1, 150);
        writer.WriteBytes(2, "testing"u8);
        writer.Written.ToArray().ShouldBe(Example);
    }

    [Fact]
    public void Reader_reads_the_documented_bytes()
    {
        var reader = new ProtobufReader(Example);
        reader.TryRead(out var number).ShouldBeTrue();
        (number.Number, number.IsBytes, number.Value).ShouldBe((1, false, 150UL));
        reader.TryRead(out var text).ShouldBeTrue();
        (text.Number, text.IsBytes).ShouldBe((2, true));
        text.Bytes.ToArray().ShouldBe("testing"u8.ToArray());
        reader.TryRead(out _).ShouldBeFalse();
        reader.IsComplete.ShouldBeTrue();
    }

    [Theory]
    [InlineData("09efcdab8967452301", 0x0123456789ABCDEFUL)]
    [InlineData("0defcdab89", 0x89ABCDEFUL)]
    [InlineData("08ffffffffffffffffff01", ulong.MaxValue)]
    public void Reader_reads_every_form_of_number(string message, ulong value)
    {
        var reader = new ProtobufReader(Convert.FromHexString(message));
        reader.TryRead(out var field).ShouldBeTrue();
        field.Value.ShouldBe(value);
        reader.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void Reader_CutShort_EndsIncomplete()
    {
        for (var length = 1; length < Example.Length; length++)
        {
            var reader = new ProtobufReader(Example.AsSpan(0, length));
            while (reader.TryRead(out _))
            {
            }

            reader.IsComplete.ShouldBe(length == 3, $"{length} bytes");
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0b")]
    [InlineData("0f")]
    [InlineData("08ffffffffffffffffffffff01")]
    [InlineData("12ffffffffffffffffff01")]
    public void Reader_NoField_EndsIncomplete(string message)
    {
        var reader = new ProtobufReader(Convert.FromHexString(message));
        reader.TryRead(out _).ShouldBeFalse();
        reader.IsComplete.ShouldBeFalse();
    }
}
