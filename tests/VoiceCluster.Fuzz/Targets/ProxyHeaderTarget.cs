using System.Text;
using VoiceCluster.Gateways.Edge;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>The header that a proxy puts in front of a connection, however it arrives in pieces.</summary>
internal sealed class ProxyHeaderTarget : IFuzzTarget
{
    public string Name => "proxy-header";

    public IEnumerable<byte[]> Corpus =>
    [
        Encoding.ASCII.GetBytes("PROXY TCP4 203.0.113.1 192.0.2.1 56324 443\r\nGET"),
        Encoding.ASCII.GetBytes("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n"),
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 12, 203, 0, 113, 1, 192, 0, 2, 1, 0xDC, 0x04, 1, 0xBB],
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x21, 0, 39, .. new byte[36], 4, 0, 0],
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x20, 0, 0, 0],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        var result = ProxyProtocol.TryParse(input, out var header);
        if (result != ProxyParseResult.Complete)
        {
            Check(header == default);
            return;
        }

        Check(header.Length <= input.Length && header.Length <= ProxyProtocol.MaxHeaderLength && (header.Source is null) == (header.Destination is null));

        // What follows the header is not looked at, and no part of it is enough.
        Check(ProxyProtocol.TryParse(input[..header.Length], out var same) == ProxyParseResult.Complete && same == header);
        for (var length = 0; length < header.Length; length++)
        {
            Check(ProxyProtocol.TryParse(input[..length], out _) == ProxyParseResult.NeedMoreData);
        }
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The parser contradicts itself.");
        }
    }
}
