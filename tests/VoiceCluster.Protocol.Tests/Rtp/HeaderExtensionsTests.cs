using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class HeaderExtensionsTests
{
    [Theory]
    // RFC 8285 section 4.2: the one-byte form, with padding between and behind.
    [InlineData(0xBEDE, "10ff9002", "1:ff 9:02")]
    [InlineData(0xBEDE, "1085321a2b3c0000", "1:85 3:1a2b3c")]
    [InlineData(0xBEDE, "10aa000021bbbb003300000000", "1:aa 2:bbbb 3:00000000")]
    [InlineData(0xBEDE, "51002a62000000b2313030007c85b800", "5:002a 6:000000 11:313030")]
    [InlineData(0xBEDE, "10ff f0 20ff", "1:ff")]
    [InlineData(0xBEDE, "10ff 01 20ff", "1:ff")]
    [InlineData(0xBEDE, "10ff 3f 00", "1:ff")]
    [InlineData(0xBEDE, "00000000", "")]
    // Section 4.3: the two-byte form, whose elements may be empty.
    [InlineData(0x1000, "0100 02 01 bb 00 ff 03 010203", "1: 2:bb 255:010203")]
    [InlineData(0x100F, "0103aabbcc", "1:aabbcc")]
    [InlineData(0x1000, "0104aabbcc", "")]
    [InlineData(0x1000, "01", "")]
    [InlineData(0x2000, "10ff9002", "")]
    public void Enumerate_Block_GivesItsElements(int profile, string block, string expected)
    {
        var elements = Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal));

        Describe((ushort)profile, elements).ShouldBe(expected);
    }

    [Fact]
    public void TryGet_IdThatIsThere_GivesTheFirst()
    {
        var extensions = new HeaderExtensions(HeaderExtensions.OneByteProfile, [0x10, 0x01, 0x20, 0x02, 0x10, 0x03]);

        extensions.TryGet(1, out var data).ShouldBeTrue();

        data.ToArray().ShouldBe([1]);
        extensions.TryGet(3, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0xBEDE, "51002a62000000b2313030007c85b800", "00000062000000b2313030007c85b800")]
    [InlineData(0xBEDE, "10ff 51002a 51002b", "10ff 000000 000000")]
    [InlineData(0x1000, "0502002a 0301bb 00", "00000000 0301bb 00")]
    [InlineData(0x1000, "0500 0301bb 00 0000", "0500 0301bb 00 0000")]
    [InlineData(0x2000, "51002a00", "51002a00")]
    public void Erase_Id_LeavesPaddingInItsPlace(int profile, string block, string expected)
    {
        var elements = Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal));

        HeaderExtensions.Erase((ushort)profile, elements, HeaderExtensionId.TransportSequenceNumber);

        Convert.ToHexStringLower(elements).ShouldBe(expected.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Enumerate_CutAtEveryLength_NeverThrows()
    {
        var elements = Convert.FromHexString("1085321a2b3c0000b2313030");
        for (var length = 0; length < elements.Length; length++)
        {
            Describe(HeaderExtensions.OneByteProfile, elements.AsSpan(0, length)).ShouldNotBeNull();
            Describe(HeaderExtensions.TwoByteProfile, elements.AsSpan(0, length)).ShouldNotBeNull();
        }
    }

    [Fact]
    public void Enumerate_AnyBytes_EndsWithElementsInsideTheBlock() =>
        Prop.ForAll<byte[], bool>((elements, oneByte) =>
        {
            var total = 0;
            foreach (var extension in new HeaderExtensions(oneByte ? HeaderExtensions.OneByteProfile : HeaderExtensions.TwoByteProfile, elements))
            {
                total += 1 + extension.Data.Length;
            }

            return total <= elements.Length;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("ff", true, 127)]
    [InlineData("05", false, 5)]
    public void AudioLevel_Byte_IsVoiceBitAndLevel(string data, bool isVoice, byte minusDecibels)
    {
        AudioLevel.TryParse(Convert.FromHexString(data), out var level).ShouldBeTrue();

        level.ShouldBe(new AudioLevel(isVoice, minusDecibels));
        AudioLevel.TryParse([], out _).ShouldBeFalse();
    }

    private static string Describe(ushort profile, ReadOnlySpan<byte> elements)
    {
        var found = new List<string>();
        foreach (var extension in new HeaderExtensions(profile, elements))
        {
            found.Add($"{extension.Id}:{Convert.ToHexStringLower(extension.Data)}");
        }

        return string.Join(' ', found);
    }
}
