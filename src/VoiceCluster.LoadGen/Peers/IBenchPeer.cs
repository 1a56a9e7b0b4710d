namespace VoiceCluster.LoadGen.Peers;

/// <summary>A server of other people that does the same fan-out as ours, to be measured beside it.</summary>
internal interface IBenchPeer
{
    /// <summary>What it is called in tables, with what it encrypts.</summary>
    string Name { get; }

    /// <summary>Why it cannot be run on this machine, as half a sentence; null if it can.</summary>
    string? WhyMissing();

    /// <summary>Starts the server, gives it the load, measures or verifies, stops the server and removes what it left.</summary>
    /// <exception cref="Client.Sockets.ClientException">It did not start, did not answer, or refused.</exception>
    Task<PeerFigures> RunAsync(PeerLoad load, CancellationToken cancellation);
}

/// <summary>The load a peer is given: one group of users in which some speak and all hear.</summary>
internal sealed record PeerLoad
{
    /// <summary>Users that speak.</summary>
    public int Speakers { get; init; } = 4;

    /// <summary>How many copies the server makes of each packet.</summary>
    public int FanOut { get; init; } = 50;

    /// <summary>Packets each speaker sends in a second.</summary>
    public double PacketsPerSecond { get; init; } = 50;

    /// <summary>How long packets flow before the measurement.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Bytes of payload in a packet: an Opus frame of 20 ms at 64 kbit/s.</summary>
    public int PayloadBytes { get; init; } = 160;

    /// <summary>The processor the server has for itself; the load keeps off it.</summary>
    public int ServerProcessor { get; init; }

    /// <summary>Opens and compares every copy instead of measuring.</summary>
    public bool Verify { get; init; }
}

/// <summary>What a run found: figures of the window, or of all packets when copies were verified.</summary>
/// <param name="CpuNanoseconds">Processor time of the server's process, user and system; 0 when copies were verified.</param>
/// <param name="PacketsIn">Packets sent to the server.</param>
/// <param name="Expected">Copies it should have made of them.</param>
/// <param name="Datagrams">Copies it made: those the kernel counted, or those that arrived and were right.</param>
/// <param name="Wrong">Copies that did not open or hold something else; only known when copies were verified.</param>
/// <param name="Duration">How long the window was.</param>
internal sealed record PeerFigures(long CpuNanoseconds, long PacketsIn, long Expected, long Datagrams, long Wrong, TimeSpan Duration)
{
    /// <summary>Copies that are missing.</summary>
    public long Lost => Math.Max(0, Expected - Datagrams - Wrong);

    /// <summary>Processor time for one forwarded packet, in nanoseconds; not a number if none was forwarded.</summary>
    public double NanosecondsPerDatagram => Datagrams == 0 ? double.NaN : (double)CpuNanoseconds / Datagrams;

    /// <summary>The share of a core the server used.</summary>
    public double Utilization => CpuNanoseconds / (Duration.TotalSeconds * 1e9);
}
