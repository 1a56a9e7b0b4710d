namespace VoiceCluster.LoadGen.Peers;

/// <summary>The load a peer is given: one group of users in which some speak and all hear.</summary>
internal sealed record PeerLoad
{
    /// <summary>Users that speak.</summary>
    public int Speakers { get; init; } = 4;

    /// <summary>How many copies the server makes of each packet; not fewer than there are speakers.</summary>
    public int FanOut { get; init; } = 50;

    /// <summary>Packets each speaker sends in a second.</summary>
    public double PacketsPerSecond { get; init; } = 50;

    /// <summary>Traffic before the measurement.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Time of the measurement.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Bytes of payload in a packet: an Opus frame of 20 ms at 64 kbit/s.</summary>
    public int PayloadBytes { get; init; } = 160;

    /// <summary>The core the server runs on; null for any.</summary>
    public int? ServerProcessor { get; init; }
}

/// <summary>What a server did and used in the window of a measurement.</summary>
/// <param name="CpuNanoseconds">Processor time of the whole process, user and system.</param>
/// <param name="PacketsIn">Packets sent to it.</param>
/// <param name="Expected">Copies it should have made of them.</param>
/// <param name="Datagrams">Copies it made: what the kernel counted for the whole machine, less the load's own packets.</param>
/// <param name="Duration">How long the window was.</param>
internal sealed record PeerFigures(long CpuNanoseconds, long PacketsIn, long Expected, long Datagrams, TimeSpan Duration)
{
    /// <summary>Copies that are missing; some of the last packet's may just not have been sent yet.</summary>
    public long Lost => Math.Max(0, Expected - Datagrams);

    /// <summary>Processor time for one copy, in nanoseconds; not a number if none was made.</summary>
    public double NanosecondsPerDatagram => Datagrams == 0 ? double.NaN : (double)CpuNanoseconds / Datagrams;

    /// <summary>The share of a core the server used.</summary>
    public double Utilization => CpuNanoseconds / Duration.TotalNanoseconds;
}
