using System.Collections.Immutable;
using System.Net;

namespace VoiceCluster.Gateways.Edge;

/// <summary>The networks whose word about a client's address is taken. Immutable; an empty one trusts nobody.</summary>
public sealed class TrustedProxies(ImmutableArray<IPNetwork> networks)
{
    /// <summary>Trusts nobody: every peer is a client.</summary>
    public static TrustedProxies None { get; } = new([]);

    public ImmutableArray<IPNetwork> Networks { get; } = networks;

    /// <summary>True when <paramref name="address"/>, IPv4-mapped or not, lies in one of the networks.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in Networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }
        return false;
    }
}
