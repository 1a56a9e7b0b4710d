using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using VoiceCluster.Gateways.Edge;

namespace VoiceCluster.Gateways.Tests.Edge;

public sealed class ClientAddressTests
{
    private static readonly TrustedProxies Trusted = new([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8:ffff::/48")]);

    [Theory]
    [InlineData("203.0.113.9", "198.51.100.1", "203.0.113.9")]
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1")]
    [InlineData("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1")]
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1, not-an-address", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1, _hidden, 10.2.2.2", "10.2.2.2")]
    [InlineData("10.0.0.1", "198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("10.0.0.1", "[2001:db8::1]", "2001:db8::1")]
    [InlineData("10.0.0.1", "2001:db8::1", "2001:db8::1")]
    [InlineData("10.0.0.1", "198.51.100.1:99999", "10.0.0.1")]
    [InlineData("10.0.0.1", "3232235777", "10.0.0.1")]
    [InlineData("10.0.0.1", "0x7f.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "[2001:db8::1", "10.0.0.1")]
    [InlineData("10.0.0.1", "fe80::1%eth0", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1")]
    [InlineData("::ffff:203.0.113.9", "", "203.0.113.9")]
    [InlineData("2001:db8:ffff::7", "198.51.100.1", "198.51.100.1")]
    public void Resolve_OneHeader_FollowsTrustFromRightToLeft(string peer, string header, string client) =>
        ClientAddress.Resolve(IPAddress.Parse(peer), header, Trusted).ShouldBe(IPAddress.Parse(client));

    [Fact]
    public void Resolve_SeveralHeaders_AreReadAsOneList()
    {
        var headers = new StringValues(["1.2.3.4, 198.51.100.1", "10.3.3.3"]);
        ClientAddress.Resolve(IPAddress.Parse("10.0.0.1"), headers, Trusted).ShouldBe(IPAddress.Parse("198.51.100.1"));
    }

    [Fact]
    public void Resolve_EndlessChain_StopsSomewhere()
    {
        var header = string.Join(",", Enumerable.Repeat("10.1.1.1", 5_000).Prepend("198.51.100.1"));
        ClientAddress.Resolve(IPAddress.Parse("10.0.0.1"), header, Trusted).ShouldBe(IPAddress.Parse("10.1.1.1"));
    }

    [Fact]
    public void Resolve_AnyText_NeverThrows() =>
        Prop.ForAll<string>(text => ClientAddress.Resolve(IPAddress.Parse("10.0.0.1"), text, Trusted) is not null).QuickCheckThrowOnFailure();
}
