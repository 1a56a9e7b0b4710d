using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>Finds out whether this machine has rules for what leaves it, which frames would pass by. For one thread.</summary>
internal sealed class SendingRules : IDisposable
{
    private const int NetlinkIpsec = 6;
    private const int NetlinkNetfilter = 12;
    private const ushort TypeAskPolicies = 0x15;
    private const int PolicyIdLength = 64;
    private const string LegacyTables = "/proc/net/ip_tables_names";
    private const string VirtualServers = "/proc/net/ip_vs";
    private const string CannotSee = "this process may not see the firewall's rules (fix: CAP_NET_ADMIN, or Media:LinkLayer=always if there are none)";

    private readonly NetlinkSocket? _netfilter = TryOpen(NetlinkNetfilter);
    private readonly NetlinkSocket? _ipsec = TryOpen(NetlinkIpsec);

    /// <summary>Looks for rules.</summary>
    /// <returns>What there is, or what keeps this process from looking, for people to read; null if there are none.</returns>
    public string? Find()
    {
        try
        {
            return FindLegacyTables() ?? FindChains() ?? FindPolicies() ?? FindVirtualServers();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return CannotSee;
        }
    }

    public void Dispose()
    {
        _netfilter?.Dispose();
        _ipsec?.Dispose();
    }

    // A kernel without a part has no rules for it.
    private static NetlinkSocket? TryOpen(int family)
    {
        try
        {
            return new NetlinkSocket(family);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? FindLegacyTables() =>
        File.Exists(LegacyTables) && File.ReadAllText(LegacyTables).Trim() is { Length: > 0 } names
            ? $"iptables is in use (tables {names.ReplaceLineEndings(", ")})"
            : null;

    private string? FindChains()
    {
        if (_netfilter is null)
        {
            return null;
        }

        var (messages, error) = _netfilter.Ask(FirewallMessages.AskChains());
        return error is not (0 or LibC.ErrorInvalid) ? CannotSee
            : FirewallMessages.FindSendingChain(messages) is { } chain ? $"the firewall has a chain for what is sent ({chain})"
            : null;
    }

    private string? FindPolicies()
    {
        if (_ipsec is null)
        {
            return null;
        }

        var (messages, error) = _ipsec.Ask(NetlinkRequest.Dump(TypeAskPolicies, stackalloc byte[PolicyIdLength]));
        return error is not (0 or LibC.ErrorInvalid) ? CannotSee
            : messages.Count > 0 ? "IPsec has policies"
            : null;
    }

    private static string? FindVirtualServers() => File.Exists(VirtualServers) ? "IPVS is in use" : null;
}
