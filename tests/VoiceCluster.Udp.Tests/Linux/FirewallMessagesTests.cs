using VoiceCluster.Udp.Linux.Frames;
using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Reads chains as a kernel told them of rules made with iptables.</summary>
public sealed class FirewallMessagesTests
{
    private const string OutputChain =
        "70000000030a020007000000795a0000020000020b00010066696c74657200000b0003004f555450555400000c0002000000000000000001140004000800010000000003"
        + "080002000000000008000500000000010b00070066696c746572000008000a00000000010800060000000001";

    private const string InputChain =
        "70000000030a020007000000d05a0000020000030b00010066696c74657200000a000300494e5055540000000c0002000000000000000001140004000800010000000001"
        + "080002000000000008000500000000010b00070066696c746572000008000a00000000010800060000000000";

    [Fact]
    public void A_chain_for_what_is_sent_is_found_behind_others() =>
        FirewallMessages.FindSendingChain([.. Read(InputChain), .. Read(OutputChain)]).ShouldBe("filter OUTPUT");

    [Fact]
    public void A_chain_for_what_is_received_does_not_matter() => FirewallMessages.FindSendingChain(Read(InputChain)).ShouldBeNull();

    [Theory]
    [InlineData(1, true)] // both families
    [InlineData(7, false)] // bridges
    [InlineData(10, false)] // IPv6
    public void Only_chains_that_IPv4_passes_matter(byte family, bool matters)
    {
        var message = Read(OutputChain).Single();
        byte[] body = [family, .. message.Body.Span[1..]];

        (FirewallMessages.FindSendingChain([message with { Body = body }]) is not null).ShouldBe(matters);
    }

    [Fact]
    public void A_chain_behind_routing_matters()
    {
        var message = Read(OutputChain).Single();
        var body = message.Body.ToArray();
        body[body.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x08, 0, 0x01, 0, 0, 0, 0, 3]) + 7] = 4;

        FirewallMessages.FindSendingChain([message with { Body = body }]).ShouldBe("filter OUTPUT");
    }

    private static IEnumerable<NetlinkMessage> Read(string message) => NetlinkMessage.ReadAll(Convert.FromHexString(message));
}
