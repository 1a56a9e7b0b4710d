using System.Buffers.Binary;
using System.Text;
using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>The question for nftables' chains, which are those of today's iptables too, and what its answer says.</summary>
internal static class FirewallMessages
{
    private const ushort TypeAskChains = (10 << 8) | 4;
    private const ushort TypeChain = (10 << 8) | 3;
    private const int GenericLength = 4;
    private const byte FamilyAll = 0;
    private const byte FamilyInet = 1;
    private const byte FamilyIpv4 = 2;
    private const ushort ChainTable = 1;
    private const ushort ChainName = 3;
    private const ushort ChainHook = 4;
    private const ushort HookNumber = 1;
    private const uint HookOutput = 3;
    private const uint HookPostrouting = 4;

    /// <summary>Asks for all chains.</summary>
    public static NetlinkRequest AskChains() => NetlinkRequest.Dump(TypeAskChains, [FamilyAll, 0, 0, 0]);

    /// <summary>Finds a chain that IPv4 packets pass when this machine sends them.</summary>
    /// <returns>Its table and name; null if there is none.</returns>
    public static string? FindSendingChain(IEnumerable<NetlinkMessage> messages)
    {
        foreach (var message in messages)
        {
            if (message.Type == TypeChain && IsPassed(message.Body.Span))
            {
                return $"{ReadText(message.Body.Span, ChainTable)} {ReadText(message.Body.Span, ChainName)}";
            }
        }

        return null;
    }

    private static bool IsPassed(ReadOnlySpan<byte> body) =>
        body.Length >= GenericLength
        && body[0] is FamilyInet or FamilyIpv4
        && NetlinkMessage.TryFind(body[GenericLength..], ChainHook, out ReadOnlySpan<byte> hook)
        && NetlinkMessage.TryFind(hook, HookNumber, out ReadOnlySpan<byte> number)
        && number.Length == 4
        && BinaryPrimitives.ReadUInt32BigEndian(number) is HookOutput or HookPostrouting;

    private static string ReadText(ReadOnlySpan<byte> body, ushort type) =>
        NetlinkMessage.TryFind(body[GenericLength..], type, out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text.TrimEnd((byte)0)) : "";
}
