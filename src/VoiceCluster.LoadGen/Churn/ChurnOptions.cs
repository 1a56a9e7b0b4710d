using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What a churn run is made of.</summary>
internal sealed record ChurnOptions
{
    /// <summary>How many users join and leave between the two readings.</summary>
    public required int Joins { get; init; }

    /// <summary>How many join and leave before the first reading, so that pools and caches have their size.</summary>
    public required int WarmUp { get; init; }

    /// <summary>How many are under way at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Over how many channels they are spread.</summary>
    public required int Channels { get; init; }

    /// <summary>Every how manieth one also uses UDP; 0 for none.</summary>
    public required int UdpEvery { get; init; }

    /// <summary>Every how manieth one connects to the voice gateway; the others are only in their channel.</summary>
    public int ConnectEvery { get; init; } = 1;

    /// <summary>How far figures may grow, in percent.</summary>
    public required double AllowedGrowthPercent { get; init; }

    /// <summary>How long the node may take to come to rest.</summary>
    public required TimeSpan SettleLimit { get; init; }

    /// <summary>Where users connect, by the endpoint that they are told.</summary>
    public required Func<string, Uri> VoiceUrl { get; init; }

    /// <summary>Which certificates are accepted.</summary>
    public TlsTrust Trust { get; init; } = TlsTrust.MachineAndLoopback;
}
