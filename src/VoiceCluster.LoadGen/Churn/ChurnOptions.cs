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

    /// <summary>How far figures may grow, in percent.</summary>
    public required double AllowedGrowthPercent { get; init; }

    /// <summary>How long the node may take to come to rest.</summary>
    public required TimeSpan SettleLimit { get; init; }

    /// <summary>The backend's address.</summary>
    public required Uri LvspUrl { get; init; }

    /// <summary>The secret shared with the node.</summary>
    public required string Secret { get; init; }

    /// <summary>Where users connect, whatever endpoint they are told; null to do as told.</summary>
    public required Uri? VoiceUrl { get; init; }

    /// <summary>Which certificates are accepted.</summary>
    public required TlsTrust Trust { get; init; }
}
