namespace VoiceCluster.Protocol.Gateway;

/// <summary>Timeouts and limits of one voice gateway socket. The defaults leave room for every client known.</summary>
public sealed record VoiceGatewayOptions
{
    /// <summary>What HELLO asks for; at least 1 ms, fractions are cut. Default 13.75 s, which is Discord's usual value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms or more than 2^31-1 ms: some clients fall over at 0.</exception>
    public TimeSpan HeartbeatInterval
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value.TotalMilliseconds, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value.TotalMilliseconds, int.MaxValue);
            field = value;
        }
    } = TimeSpan.FromMilliseconds(13750);

    /// <summary>Added to two intervals before a silent client is given up. Default 10 s.</summary>
    public TimeSpan HeartbeatGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the start of the socket to identify or resume. Default 30 s.</summary>
    public TimeSpan IdentifyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From identify or resume to the owner's decision. Default 10 s.</summary>
    public TimeSpan AuthenticationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From READY to select protocol. Default 60 s: some clients retry IP discovery for long before.</summary>
    public TimeSpan SelectProtocolTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From select protocol to the owner's session description. Default 10 s.</summary>
    public TimeSpan SessionDescriptionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of one message that the socket reads; at most <see cref="VoiceClientMessage.MaxBytes"/>, which is the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than the parser takes.</exception>
    public int MaxMessageBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, VoiceClientMessage.MaxBytes);
            field = value;
        }
    } = VoiceClientMessage.MaxBytes;

    /// <summary>Messages a client may send per minute, on average. Default 120.</summary>
    public int MessagesPerMinute { get; init; } = 120;

    /// <summary>Messages a client may send in one second. Default 30.</summary>
    public int MessagesPerSecond { get; init; } = 30;

    /// <summary>Name of the gateway build in the answer to opcode 16.</summary>
    public string VoiceBackendVersion { get; init; } = "0.9.1";

    /// <summary>Name of the media build in the answer to opcode 16.</summary>
    public string RtcWorkerVersion { get; init; } = "0.3.35";

    internal int HeartbeatIntervalMs => (int)HeartbeatInterval.TotalMilliseconds;

    /// <summary>A client without a heartbeat for so long is given up.</summary>
    public TimeSpan HeartbeatTimeout => (2 * HeartbeatInterval) + HeartbeatGrace;
}
