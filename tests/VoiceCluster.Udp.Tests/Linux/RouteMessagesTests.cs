using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux.Frames;
using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Reads answers as a kernel gave them.</summary>
public sealed class RouteMessagesTests
{
    private const string RouteOverGateway =
        "7000000018000000070000004e5a000002200000fe0000010002000008000f00fe0000000800010008080808080004000400000008000700c000020208000500c00002010800190000000000"
        + "24000c00020000007e0e4900000000000000000000000000000000000000000000000000";

    private const string RouteToThisMachine =
        "680000001800000001000000772b000002200000fe0000020002008008000f00fe000000080001007f0001050800040001000000080007007f000001080019000000000024000c001e000000"
        + "169a4600000000000000000000000000000000000000000000000000";

    private const string Neighbour =
        "4c0000001c000000070000004e5a000002000000040000000400000108000100c00002010a00020002fc00000005000008000400010000001400030014960000ce9500001285000001000000";

    // The first attributes of an Ethernet device, without those about statistics.
    private const string EthernetDevice =
        "5c00000010000000070000004e5a000000000100040000004310010000000000" + "0900030065746830000000000800040078050000" + "0a00010002fc0000000100000a000200ffffffffffff0000" + "0800320044000000" + "0800330000000000";

    private const uint Gateway = 0xC0000201;

    [Fact]
    public void A_route_over_a_gateway_tells_device_neighbour_and_source() =>
        RouteMessages.ReadRoute(Body(RouteOverGateway), 0x08080808).ShouldBe(new NextHopKey(4, Gateway, 0xC0000202));

    [Fact]
    public void Without_a_gateway_the_destination_is_the_neighbour()
    {
        var body = Body(RouteOverGateway);
        var gateway = body.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x08, 0, 0x05, 0, 0xC0]);
        body[gateway + 2] = 0x63;

        RouteMessages.ReadRoute(body, 0x08080808).ShouldBe(new NextHopKey(4, 0x08080808, 0xC0000202));
    }

    [Fact]
    public void No_frames_go_to_this_machine_itself() => RouteMessages.ReadRoute(Body(RouteToThisMachine), 0x7F000105).ShouldBeNull();

    [Theory]
    [InlineData(18)]
    [InlineData(22)]
    public void No_frames_go_by_tunnels_and_gateways_of_other_families(byte attribute) =>
        RouteMessages.ReadRoute([.. Body(RouteOverGateway), 8, 0, attribute, 0, 1, 2, 3, 4], 0x08080808).ShouldBeNull();

    [Fact]
    public void A_device_tells_its_address_and_the_longest_packet()
    {
        var device = RouteMessages.ReadDevice(Body(EthernetDevice)).ShouldNotBeNull();

        (device.Number, device.MaximumBytes).ShouldBe((4, 1400));
        Convert.ToHexString(device.Address.Span).ShouldBe("02FC00000001");
    }

    [Theory]
    [InlineData(0x42)] // down
    [InlineData(0x03)] // without a carrier
    [InlineData(0xC3)] // without neighbours
    public void A_device_that_takes_no_frames_is_none(byte flags)
    {
        var body = Body(EthernetDevice);
        body[8] = flags;

        RouteMessages.ReadDevice(body).ShouldBeNull();
    }

    [Fact]
    public void A_device_that_is_not_Ethernet_is_none()
    {
        var body = Body(EthernetDevice);
        MemoryMarshal.Write(body.AsSpan(2), (ushort)65534);

        RouteMessages.ReadDevice(body).ShouldBeNull();
    }

    [Fact]
    public void A_neighbour_tells_its_link_address()
    {
        var neighbour = RouteMessages.ReadNeighbour(Body(Neighbour)).ShouldNotBeNull();

        (neighbour.Device, neighbour.Address, neighbour.IsUsable).ShouldBe((4, Gateway, true));
        Convert.ToHexString(neighbour.LinkAddress.Span).ShouldBe("02FC00000005");
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x20)]
    public void A_neighbour_that_did_not_answer_is_not_usable(byte state)
    {
        var body = Body(Neighbour);
        body[8] = state;

        RouteMessages.ReadNeighbour(body).ShouldNotBeNull().IsUsable.ShouldBeFalse();
    }

    [Fact]
    public void Whatever_bytes_come_none_of_them_throws()
    {
        var random = new Random(1);
        string[] samples = [RouteOverGateway, Neighbour, EthernetDevice];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Convert.FromHexString(samples[round % samples.Length]);
            for (var i = 0; i < 4; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var cut = bytes.AsMemory(0, random.Next(bytes.Length + 1));
            foreach (var message in NetlinkMessage.ReadAll(cut))
            {
                _ = message.Error;
                RouteMessages.ReadRoute(message.Body.Span, 1);
                RouteMessages.ReadDevice(message.Body.Span);
                RouteMessages.ReadNeighbour(message.Body.Span);
                FirewallMessages.FindSendingChain([message with { Type = 0xA03 }]);
            }
        }
    }

    private static byte[] Body(string message) => NetlinkMessage.ReadAll(Convert.FromHexString(message)).First().Body.ToArray();
}
