using System.Globalization;
using System.Net;
using System.Text;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Tls;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Startup;

/// <summary>What an operator wants to know at start: who this node is, where it listens, what clients are told.</summary>
internal static class StartupReport
{
    private const int LabelWidth = 12;

    /// <summary>The block printed once the listeners are open.</summary>
    public static string Describe(NodeOptions options, NodeListeners listeners, StartupFacts facts)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"VoiceCluster {NodeVersion.Text}{(options.Dev ? " (development mode)" : "")}\n");
        Line(text, "node", $"{options.Node.Id}, region {options.Node.Region}");
        Line(text, "lvsp", string.Join("  ", LvspUrls(listeners, options)));
        Line(text, "voice", $"{string.Join("  ", VoiceUrls(listeners))}  (clients are told {listeners.PublicEndpoint(options.Voice)})");
        Line(text, "media", DescribeMedia(options.Media, facts));
        Line(text, "loops", DescribeThreads(options.Media, facts));
        Line(text, "buffers", DescribeBuffers(options.Media, facts));
        Line(text, "sending", facts.LinkLayerObstacle is { } obstacle ? $"by UDP sockets: {obstacle}" : "whole frames to the network device");
        Line(text, "modes", DescribeModes(facts, offered: true));
        if (facts.Modes.Any(mode => !mode.IsOffered))
        {
            Line(text, "not offered", DescribeModes(facts, offered: false));
        }
        Line(text, "realms", string.Join(", ", options.Lvsp.Realms));
        Line(text, "store", options.Cluster.StoreDescription);
        if (options.Cluster is { Listen: { } links, LinkAddress: { } address })
        {
            Line(text, "links", $"{links} (other nodes are told {address}{(options.Cluster.Tls is null ? ", without TLS" : ", with TLS")})");
            Line(text, "relay", DescribeRelay(options.Cluster, links, facts));
        }
        Line(text, "admin", listeners.Admin is { } admin ? $"http://{Reachable(admin)}/  metrics at /metrics" : "off");
        if (options.Dev)
        {
            DescribeDevelopment(text, options);
        }
        return text.ToString();
    }

    private static string DescribeRelay(ClusterOptions cluster, IPEndPoint links, StartupFacts facts)
    {
        var told = cluster.RelayAddress is { } address ? $"other nodes are told {address}" : "other nodes are told no address: see the warning";
        return $"udp {links.Address}:{string.Join(", ", facts.RelayPorts.Where(port => port != 0))} ({told})";
    }

    /// <summary>The settings in force, a line per section; those that something set show what did.</summary>
    public static string DescribeSettings(LoadedConfiguration configuration)
    {
        var text = new StringBuilder("Settings, without secrets");
        text.Append(configuration.Files.IsEmpty ? "" : $", from {string.Join(", ", configuration.Files)}").Append(", environment and flags\n");
        foreach (var section in configuration.Effective.GroupBy(setting => setting.Key.Split(':')[0]))
        {
            var settings = section.Select(setting => $"{setting.Key[(section.Key.Length + 1)..]}={setting.Value}");
            Line(text, section.Key, string.Join("  ", settings));
        }
        return text.ToString();
    }

    /// <summary>The single line that says the node works.</summary>
    public static string Ready(NodeOptions options, TimeSpan elapsed) =>
        $"ready: node {options.Node.Id} takes connections, {(long)elapsed.TotalMilliseconds} ms after start";

    private static void DescribeDevelopment(StringBuilder text, NodeOptions options)
    {
        var state = new StateDirectory(options.Node.StateDirectory);
        Line(text, "dev secret", string.Join(", ", options.Lvsp.Secrets.Select(secret => $"{secret.Secret} (realm {secret.Realm})")));
        Line(text, "admin token", $"in {state.FileName(DevelopmentState.AdminTokenFile)}");
        Line(text, "try it", "./voicectl call --users 4 --speakers 2 --seconds 10");
    }

    private static IEnumerable<string> LvspUrls(NodeListeners listeners, NodeOptions options)
    {
        if (listeners.Http is { } http)
        {
            yield return $"ws://{Reachable(http)}/lvsp";
        }
        if (listeners.Https is { } https)
        {
            yield return $"wss://{Reachable(https)}/lvsp";
        }
        if (listeners.Lvsp is { } own)
        {
            yield return $"{(options.Lvsp.Tls ? "wss" : "ws")}://{Reachable(own)}/ (every path)";
        }
    }

    private static IEnumerable<string> VoiceUrls(NodeListeners listeners)
    {
        if (listeners.Http is { } http)
        {
            yield return $"ws://{Reachable(http)}/?v=8";
        }
        if (listeners.Https is { } https)
        {
            yield return $"wss://{Reachable(https)}/?v=8";
        }
    }

    // A wildcard is no address to connect to.
    private static string Reachable(IPEndPoint address)
    {
        var isWildcard = address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any);
        return isWildcard ? $"localhost:{address.Port}" : address.ToString();
    }

    private static string DescribeMedia(MediaOptions media, StartupFacts facts)
    {
        var first = media.Listen.Port;
        var ports = facts.MediaPorts.IsEmpty ? Enumerable.Range(first, media.Workers).ToArray() : [.. facts.MediaPorts];
        var isRange = ports.Zip(ports.Skip(1)).All(pair => pair.Second == pair.First + 1);
        var list = ports.Length == 1 ? $"{ports[0]}" : isRange ? $"{ports[0]}-{ports[^1]}" : string.Join(",", ports);
        return $"udp {media.AdvertisedAddress}:{list} (clients are told this; {ports.Length} worker{(ports.Length == 1 ? "" : "s")})";
    }

    private static string DescribeThreads(MediaOptions media, StartupFacts facts)
    {
        var granted = facts.MediaThreads.IsEmpty ? ThreadUrgency.Normal : facts.MediaThreads.Min(thread => thread.Urgency);
        var missed = granted == media.Urgency ? "" : $" ({NameOf(media.Urgency)} is not permitted; fix: {FixOf(media.Urgency)})";
        var cores = facts.MediaThreads.Select(thread => thread.Core?.ToString(CultureInfo.InvariantCulture) ?? "any").ToArray();
        var isPinned = !media.Cores.IsEmpty;
        return $"{NameOf(granted)} priority{missed}, {(isPinned ? $"on cores {string.Join(", ", cores)}" : "on any core")}";
    }

    private static string NameOf(ThreadUrgency urgency) => urgency switch
    {
        ThreadUrgency.RealTime => "real-time",
        ThreadUrgency.Raised => "raised",
        _ => "normal",
    };

    private static string FixOf(ThreadUrgency urgency) => urgency == ThreadUrgency.RealTime ? "allow RLIMIT_RTPRIO 10" : "allow RLIMIT_NICE 30, in systemd LimitNICE=-10";

    private static string DescribeBuffers(MediaOptions media, StartupFacts facts)
    {
        var granted = facts.ReceiveBuffers.IsEmpty ? 0 : facts.ReceiveBuffers.Min();
        return granted >= media.SocketBuffer
            ? $"{granted >> 10} KiB to receive in each socket"
            : $"{granted >> 10} KiB to receive in each socket instead of {media.SocketBuffer >> 10}: bursts may be lost (fix: sysctl -w net.core.rmem_max={media.SocketBuffer})";
    }

    private static string DescribeModes(StartupFacts facts, bool offered)
    {
        var modes = facts.Modes.Where(mode => mode.IsOffered == offered);
        var texts = modes.Select(mode => mode.Reason is null ? mode.Mode.ToWireName() : $"{mode.Mode.ToWireName()} ({mode.Reason})").ToArray();
        return texts.Length == 0 ? "none" : string.Join(", ", texts);
    }

    private static void Line(StringBuilder text, string label, string value) =>
        text.Append("  ").Append(label.PadRight(LabelWidth)).Append(value).Append('\n');
}
