using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Configuration;

/// <summary>The UDP side.</summary>
public sealed record MediaOptions
{
    /// <summary>Address and first port: worker n listens on port + n. Port 0 lets the system choose, for tests.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>What clients are told; null only when the problem has been reported.</summary>
    public required IPAddress? AdvertisedAddress { get; init; }

    /// <summary>Modes to offer, in the order in which they are offered. Those whose library is missing are left out later.</summary>
    public required ImmutableArray<TransportEncryptionMode> Modes { get; init; }

    /// <summary>Packet threads; already resolved, never 0.</summary>
    public required int Workers { get; init; }

    /// <summary>Differentiated services code point of sent datagrams, 0 to 63.</summary>
    public required int Dscp { get; init; }

    /// <summary>How many people are heard at once in a channel; 0 is any number.</summary>
    public required int MaximumSpeakers { get; init; }

    /// <summary>From the beginning of one round of a packet thread to that of the next, at least.</summary>
    public required TimeSpan RoundInterval { get; init; }

    /// <summary>How urgently packet threads are to be run.</summary>
    public required ThreadUrgency Urgency { get; init; }

    /// <summary>Cores that packet threads are kept on, in turn, and all else off; empty lets every thread go anywhere.</summary>
    public required ImmutableArray<int> Cores { get; init; }

    /// <summary>When datagrams are handed to the network device as whole frames.</summary>
    public required LinkLayerUse LinkLayer { get; init; }

    /// <summary>Bytes that each socket may hold in the kernel, either way.</summary>
    public required int SocketBuffer { get; init; }

    /// <summary>How long a packet may wait before it is of no use any more.</summary>
    public required TimeSpan MaximumAge { get; init; }

    /// <summary>From which use of the least busy packet thread on the node takes no new work, in percent.</summary>
    public required int BusyPercent { get; init; }

    internal static MediaOptions Read(SettingsReader read)
    {
        var listen = read.Listen("Media:Listen", "0.0.0.0:50000", "UDP address and first port; each worker has its own port, counting up.");
        if (listen is null)
        {
            read.Problems.Add(new SettingProblem(
                "Media:Listen", "off", read.Find("Media:Listen")?.Origin, "A voice node cannot work without its media port.", "Write an address and a port, for example 0.0.0.0:50000."));
        }
        var workers = read.Integer("Media:Workers", 0, 0, 256, "Packet threads; 0 means one per core.");
        return new MediaOptions
        {
            Listen = listen ?? new IPEndPoint(IPAddress.Any, 50000),
            AdvertisedAddress = read.IPv4("Media:AdvertisedAddress", "IPv4 address that clients send their media to."),
            Modes = ReadModes(read),
            Workers = workers == 0 ? Math.Max(1, Environment.ProcessorCount) : workers,
            Urgency = read.Choice(
                "Media:ThreadPriority",
                "raised",
                [("normal", ThreadUrgency.Normal), ("raised", ThreadUrgency.Raised), ("realtime", ThreadUrgency.RealTime)],
                "How packet threads are scheduled, as far as the system permits: like others, before others, or before all others."),
            Cores = read.List(
                "Media:Cores",
                "Cores that packet threads are kept on, in turn, counted from 0; all else keeps off them if there are others. Unset lets every thread go anywhere.",
                text => (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var core) && core < 1024, core),
                "This is no core's number.",
                "Write numbers from 0 on, for example 2, 3."),
            LinkLayer = read.Choice(
                "Media:LinkLayer",
                "auto",
                [("auto", LinkLayerUse.Automatic), ("never", LinkLayerUse.Never), ("always", LinkLayerUse.Always)],
                "Media is handed to the network device as whole frames, at a third less cost: where permitted and no firewall has rules for what is sent; never; or whatever rules there are."),
            SocketBuffer = read.Size("Media:SocketBuffer", "4MiB", "64KiB", "256MiB", "Datagrams that may wait in each media socket, either way; the system may grant less."),
            MaximumAge = read.Duration("Media:MaximumAge", "100ms", "20ms", "2s", "A packet that waited longer in the kernel is dropped; in overload the limit is 20 ms."),
            RoundInterval = read.Duration(
                "Media:RoundInterval",
                "0ms",
                "0ms",
                "20ms",
                "Least time between two rounds of a packet thread. Packets that come meanwhile wait and are sent together, which costs less where several people speak at once; 0 sends each at once."),
            BusyPercent = read.Integer("Media:BusyPercent", 85, 10, 100, "The node is not ready for new work while its least busy packet thread uses more of its core."),
            Dscp = read.Integer("Media:Dscp", 46, 0, 63, "Differentiated services code point of sent media; 46 is expedited forwarding."),
            MaximumSpeakers = read.Integer("Media:MaximumSpeakers", 12, 0, 1000, "People heard at once in one channel; 0 means any number."),
        };
    }

    private static ImmutableArray<TransportEncryptionMode> ReadModes(SettingsReader read)
    {
        var names = string.Join(", ", TransportEncryptionModes.All.Select(mode => mode.ToWireName()));
        var modes = read.List(
            "Media:Modes",
            "Encryption modes to offer, best first; unset means all there are.",
            text => (TransportEncryptionModes.TryParse(text, out var mode), mode),
            "There is no such encryption mode.",
            $"Choose among {names}.");
        return modes.IsEmpty ? TransportEncryptionModes.All : [.. modes.Distinct()];
    }
}
