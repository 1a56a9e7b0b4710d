using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Primitives;

namespace VoiceCluster.Gateways.Edge;

/// <summary>Finds the address that limits count and logs name: the client's, not its proxy's.</summary>
public static class ClientAddress
{
    private static readonly SearchValues<char> DottedCharacters = SearchValues.Create("0123456789.");

    /// <summary>More hops than any real chain of proxies; what stands further left is not looked at.</summary>
    private const int MaxHops = 32;

    /// <summary>Follows X-Forwarded-For from right to left for as long as the one who wrote an entry is trusted.</summary>
    /// <remarks>
    /// An entry that is no address ends the walk: the last address a trusted proxy vouched for counts. Entries may carry a port. IPv4-mapped
    /// addresses come back as IPv4.
    /// </remarks>
    /// <param name="peer">The other end of the socket, or the source a PROXY header named.</param>
    /// <param name="forwardedFor">The header's values in order of appearance.</param>
    /// <param name="trusted">Whose entries are believed.</param>
    public static IPAddress Resolve(IPAddress peer, StringValues forwardedFor, TrustedProxies trusted)
    {
        var current = Plain(peer);
        var hops = 0;
        for (var line = forwardedFor.Count - 1; line >= 0; line--)
        {
            var rest = forwardedFor[line].AsSpan();
            while (!rest.IsEmpty)
            {
                if (!trusted.Contains(current) || ++hops > MaxHops || !TryTakeLast(ref rest, out var previous))
                {
                    return current;
                }
                current = Plain(previous);
            }
        }
        return current;
    }

    private static bool TryTakeLast(ref ReadOnlySpan<char> list, out IPAddress address)
    {
        var comma = list.LastIndexOf(',');
        var entry = list[(comma + 1)..].Trim();
        list = comma < 0 ? [] : list[..comma];
        return TryParse(entry, out address);
    }

    // "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"
    private static bool TryParse(ReadOnlySpan<char> entry, out IPAddress address)
    {
        address = IPAddress.None;
        if (entry.IsEmpty || entry.Length > 64 || entry.Contains('%'))
        {
            return false;
        }
        if (entry[0] == '[')
        {
            var end = entry.IndexOf(']');
            return end > 0 && IsPort(entry[(end + 1)..]) && TryParseStrict(entry[1..end], AddressFamily.InterNetworkV6, out address);
        }
        var colon = entry.IndexOf(':');
        if (colon >= 0 && colon == entry.LastIndexOf(':'))
        {
            return IsPort(entry[colon..]) && TryParseStrict(entry[..colon], AddressFamily.InterNetwork, out address);
        }
        return TryParseStrict(entry, colon < 0 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, out address);
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty || (text[0] == ':' && ushort.TryParse(text[1..], System.Globalization.NumberStyles.None, null, out _));

    private static bool TryParseStrict(ReadOnlySpan<char> text, AddressFamily family, out IPAddress address)
    {
        address = IPAddress.None;
        if (family == AddressFamily.InterNetwork && (text.Count('.') != 3 || text.ContainsAnyExcept(DottedCharacters)))
        {
            return false;
        }
        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != family)
        {
            return false;
        }
        address = parsed;
        return true;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
