using System.Globalization;
using System.Net;

namespace VoiceCluster.Node.Configuration;

/// <summary>A host name or address and a port, as clients are told it.</summary>
public sealed record HostAndPort(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>: plain ASCII, no scheme, no path, no underscore (Java and .NET refuse such host names).</summary>
    public static bool TryParse(string text, out HostAndPort? value)
    {
        value = null;
        var trimmed = text.Trim();
        var colon = trimmed.LastIndexOf(':');
        if (colon <= 0 || !TryParsePort(trimmed.AsSpan(colon + 1), out var port) || port == 0)
        {
            return false;
        }
        var host = trimmed[..colon];
        var isName = host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') && Uri.CheckHostName(host) != UriHostNameType.Unknown;
        if (!isName)
        {
            return false;
        }
        value = new HostAndPort(host, port);
        return true;
    }

    /// <summary>Reads an address to listen on. The host is a literal address, <c>localhost</c>, or <c>*</c> for every IPv4 address.</summary>
    public static bool TryParseListen(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        var trimmed = text.Trim();
        var colon = trimmed.LastIndexOf(':');
        if (colon <= 0 || !TryParsePort(trimmed.AsSpan(colon + 1), out var port) || !TryParseAddress(trimmed[..colon], out var address))
        {
            return false;
        }
        endpoint = new IPEndPoint(address, port);
        return true;
    }

    /// <summary>Reads an IPv4 address in its full dotted form; the base library would also take "1" and "0x7f.1".</summary>
    public static bool TryParseIPv4(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Count(c => c == '.') != 3 || !text.All(c => char.IsAsciiDigit(c) || c == '.') || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }
        address = parsed;
        return true;
    }

    public override string ToString() => $"{Host}:{Port}";

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;

    private static bool TryParseAddress(string host, out IPAddress address)
    {
        address = host switch
        {
            "*" => IPAddress.Any,
            "localhost" => IPAddress.Loopback,
            _ => IPAddress.None,
        };
        if (host is "*" or "localhost" || TryParseIPv4(host, out address))
        {
            return true;
        }
        return host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out address!);
    }
}
