using System.Collections.Immutable;
using System.Net;
using VoiceCluster.Protocol.Primitives;

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
