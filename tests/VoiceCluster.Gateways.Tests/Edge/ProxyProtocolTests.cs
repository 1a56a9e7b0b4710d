using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Gateways.Edge;

namespace VoiceCluster.Gateways.Tests.Edge;

/// <summary>Examples follow "The PROXY protocol, Versions 1 and 2", sections 2.1 and 2.2.</summary>
public sealed class ProxyProtocolTests
{
    private static readonly byte[] BinarySignature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324", "198.51.100.2:443")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324", "[2001:db8::2]:443")]
    public void TryParse_TextHeader_NamesBothEnds(string line, string source, string destination)
    {
        ProxyProtocol.TryParse(Encoding.ASCII.GetBytes(line + "GET /"), out var header).ShouldBe(ProxyParseResult.Complete);
        header.Version.ShouldBe(1);
        header.Source.ShouldBe(IPEndPoint.Parse(source));
        header.Destination.ShouldBe(IPEndPoint.Parse(destination));
        header.Length.ShouldBe(line.Length);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n")]
    public void TryParse_UnknownTextHeader_NamesNobody(string line)
    {
        ProxyProtocol.TryParse(Encoding.ASCII.GetBytes(line), out var header).ShouldBe(ProxyParseResult.Complete);
        header.ShouldBe(new ProxyHeader(1, null, null, line.Length));
    }

    [Theory]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2  2\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.0x1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.02.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 fe80::2 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    public void TryParse_TextHeaderAgainstItsRules_IsMalformed(string line) =>
        ProxyProtocol.TryParse(Encoding.ASCII.GetBytes(line), out _).ShouldBe(ProxyParseResult.Malformed);

    [Fact]
    public void TryParse_TextHeaderWithoutEndIn107Bytes_IsTooLong() =>
        ProxyProtocol.TryParse(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 93)), out _).ShouldBe(ProxyParseResult.TooLong);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXZ")]
    [InlineData("\r\n\r\nGET")]
    [InlineData("\x16\x03\x01")]
    public void TryParse_OtherBytes_AreNotAHeader(string text) =>
        ProxyProtocol.TryParse(Encoding.Latin1.GetBytes(text), out _).ShouldBe(ProxyParseResult.NotAHeader);

    [Fact]
    public void TryParse_BinaryIPv4_NamesBothEnds()
    {
        var bytes = Binary(0x21, 0x11, [192, 0, 2, 1, 198, 51, 100, 2, 0xDC, 0x04, 0x01, 0xBB]);
        ProxyProtocol.TryParse(bytes, out var header).ShouldBe(ProxyParseResult.Complete);
        header.ShouldBe(new ProxyHeader(2, IPEndPoint.Parse("192.0.2.1:56324"), IPEndPoint.Parse("198.51.100.2:443"), 28));
    }

    [Fact]
    public void TryParse_BinaryIPv6WithTlv_NamesBothEndsAndCountsTheTlv()
    {
        byte[] addresses = [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::2").GetAddressBytes(), 0, 80, 1, 187];
        var bytes = Binary(0x21, 0x21, [.. addresses, 0x02, 0x00, 0x04, (byte)'h', (byte)'o', (byte)'s', (byte)'t']);
        ProxyProtocol.TryParse(bytes, out var header).ShouldBe(ProxyParseResult.Complete);
        header.ShouldBe(new ProxyHeader(2, IPEndPoint.Parse("[2001:db8::1]:80"), IPEndPoint.Parse("[2001:db8::2]:443"), 59));
    }

    [Theory]
    [InlineData(0x20, 0x00)]
    [InlineData(0x20, 0x11)]
    [InlineData(0x21, 0x00)]
    [InlineData(0x21, 0x31)]
    [InlineData(0x21, 0x12)]
    public void TryParse_BinaryWithoutTcpClient_NamesNobody(byte command, byte family)
    {
        var bytes = Binary(command, family, new byte[family >> 4 == 3 ? 216 : 12]);
        if (family >> 4 == 0)
        {
            bytes = Binary(command, family, []);
        }
        ProxyProtocol.TryParse(bytes, out var header).ShouldBe(ProxyParseResult.Complete);
        header.ShouldBe(new ProxyHeader(2, null, null, bytes.Length));
    }

    [Theory]
    [InlineData(0x11, 0x11, 12)]
    [InlineData(0x22, 0x11, 12)]
    [InlineData(0x21, 0x41, 12)]
    [InlineData(0x21, 0x13, 12)]
    [InlineData(0x21, 0x11, 11)]
    [InlineData(0x21, 0x21, 35)]
    [InlineData(0x21, 0x11, 14)]
    public void TryParse_BinaryAgainstItsRules_IsMalformed(byte command, byte family, int length) =>
        ProxyProtocol.TryParse(Binary(command, family, new byte[length]), out _).ShouldBe(ProxyParseResult.Malformed);

    [Fact]
    public void TryParse_BinaryTlvBeyondTheEnd_IsMalformed() =>
        ProxyProtocol.TryParse(Binary(0x21, 0x11, [.. new byte[12], 0x04, 0x00, 0x02, 0x00]), out _).ShouldBe(ProxyParseResult.Malformed);

    [Fact]
    public void TryParse_BinaryLongerThanKept_IsTooLongAtOnce()
    {
        byte[] start = [.. BinarySignature, 0x21, 0x11, 0xFF, 0xFF];
        ProxyProtocol.TryParse(start, out _).ShouldBe(ProxyParseResult.TooLong);
    }

    [Fact]
    public void TryParse_Checksum_IsVerified()
    {
        var bytes = Binary(0x21, 0x11, [192, 0, 2, 1, 198, 51, 100, 2, 0xDC, 0x04, 0x01, 0xBB, 0x03, 0x00, 0x04, 0, 0, 0, 0]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(^4), ReferenceCrc32C(bytes));
        ProxyProtocol.TryParse(bytes, out var header).ShouldBe(ProxyParseResult.Complete);
        header.Length.ShouldBe(bytes.Length);

        bytes[17] ^= 1;
        ProxyProtocol.TryParse(bytes, out _).ShouldBe(ProxyParseResult.WrongChecksum);
    }

    [Fact]
    public void ReferenceChecksum_OfTheStandardCheckText_IsTheStandardValue() =>
        ReferenceCrc32C(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283);

    public static TheoryData<byte[]> WholeHeaders() =>
    [
        Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n"),
        Binary(0x21, 0x11, [192, 0, 2, 1, 198, 51, 100, 2, 0xDC, 0x04, 0x01, 0xBB, 0x04, 0x00, 0x01, 0x00]),
        Binary(0x20, 0x00, []),
    ];

    [Theory]
    [MemberData(nameof(WholeHeaders))]
    public void TryParse_CutAtEveryLength_AsksForMore(byte[] whole)
    {
        for (var length = 0; length < whole.Length; length++)
        {
            ProxyProtocol.TryParse(whole.AsSpan(0, length), out var header).ShouldBe(ProxyParseResult.NeedMoreData, $"length {length}");
            header.ShouldBe(default);
        }
    }

    [Fact]
    public void TryParse_AnyBytesAfterASignature_NeverThrowsAndNeverClaimsMoreThanThereIs()
    {
        var signatures = Gen.Elements(BinarySignature, Encoding.ASCII.GetBytes("PROXY "), Encoding.ASCII.GetBytes("PROXY TCP4 "), []);
        var inputs = signatures.SelectMany(start => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Select(rest => (byte[])[.. start, .. rest]));
        Prop.ForAll(inputs.ToArbitrary(), bytes =>
        {
            var result = ProxyProtocol.TryParse(bytes, out var header);
            return result == ProxyParseResult.Complete ? header.Length is >= 15 && header.Length <= bytes.Length : header == default;
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Binary(byte command, byte family, byte[] body)
    {
        byte[] bytes = [.. BinarySignature, command, family, 0, 0, .. body];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)body.Length);
        return bytes;
    }

    // Bit by bit, from the polynomial (RFC 3720, appendix B.4), to stand apart from the instruction the parser uses.
    private static uint ReferenceCrc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF_FFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F6_3B78u);
            }
        }
        return ~crc;
    }
}
