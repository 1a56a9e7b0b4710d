namespace VoiceCluster.Udp;

/// <summary>How a socket is opened.</summary>
public sealed record DatagramSocketOptions
{
    /// <summary>The address (0 is every address) and port (0 is any free one) to bind.</summary>
    public required Ipv4Endpoint Local { get; init; }

    /// <summary>How long a receive waits for a first datagram, so that its loop has a pulse. Default 100 ms.</summary>
    public TimeSpan ReceiveTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The kernel's receive buffer in bytes; it may grant less. Default 4 MiB.</summary>
    public int ReceiveBufferBytes { get; init; } = 4 << 20;

    /// <summary>The kernel's send buffer in bytes; it may grant less. Default 4 MiB.</summary>
    public int SendBufferBytes { get; init; } = 4 << 20;

    /// <summary>The differentiated services code point of what is sent, 0 to 63. Default 46, expedited forwarding.</summary>
    public int Dscp { get; init; } = 46;
}
