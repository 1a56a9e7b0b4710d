using System.Net;

namespace VoiceCluster.Udp.Tests;

public sealed class Ipv4EndpointTests
{
    [Fact]
    public void FromIPEndPoint_and_back_keeps_address_and_port()
    {
        var endpoint = Ipv4Endpoint.FromIPEndPoint(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 50505));

        endpoint.ShouldBe(new Ipv4Endpoint(0xCB007107, 50505));
        endpoint.ToIPEndPoint().ShouldBe(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 50505));
        endpoint.ToString().ShouldBe("203.0.113.7:50505");
    }

    [Fact]
    public void TryReadAddress_MappedAddress_ReadsItsIpv4Part()
    {
        Ipv4Endpoint.TryReadAddress(IPAddress.Parse("::ffff:10.1.2.3"), out var address).ShouldBeTrue();
        address.ShouldBe(0x0A010203u);
    }

    [Fact]
    public void TryReadAddress_TrueIpv6_ReturnsFalse() =>
        Ipv4Endpoint.TryReadAddress(IPAddress.IPv6Loopback, out _).ShouldBeFalse();

    [Fact]
    public void Key_differs_for_every_address_and_port()
    {
        new Ipv4Endpoint(1, 2).Key.ShouldNotBe(new Ipv4Endpoint(2, 1).Key);
        new Ipv4Endpoint(1, 2).Key.ShouldBe((1ul << 16) | 2);
        default(Ipv4Endpoint).IsNone.ShouldBeTrue();
        new Ipv4Endpoint(0, 1).IsNone.ShouldBeFalse();
    }
}
