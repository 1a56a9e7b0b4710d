namespace VoiceCluster.Protocol.Lvsp;

/// <summary>How the server treats LVSP connections.</summary>
public sealed record LvspConnectionOptions
{
    /// <summary>The secrets that backends may prove.</summary>
    public required LvspSecrets Secrets { get; init; }

    /// <summary>Announced in HELLO; 30 seconds.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a backend has to send heartbeats from READY on; off, because Litecord in effect sends none.</summary>
    public bool RequireHeartbeat { get; init; }

    /// <summary>The address said <c>compat=litecord</c>: an unmodified Litecord is on the other end.</summary>
    public bool LitecordCompatibility { get; init; }

    /// <summary>
    /// Whether the socket itself pings and drops a peer that answers nothing. Then pongs are not seen here: no pings are asked for, and
    /// silence is judged by the socket alone.
    /// </summary>
    public bool SocketWatchesSilence { get; init; }

    /// <summary>From the connection to IDENTIFY or RESUME; 10 seconds.</summary>
    public TimeSpan AuthenticationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From a good token to the owner's answer; 10 seconds.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without any frame or pong; 60 seconds.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between our pings; 20 seconds, as Litecord's library does.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest frame from an unauthenticated peer; 4 KiB.</summary>
    public int MaxFrameBytesBeforeAuthentication { get; init; } = 4 * 1024;

    /// <summary>The longest frame from a backend; 64 KiB.</summary>
    public int MaxFrameBytes { get; init; } = 64 * 1024;

    /// <summary>INFO and VST_REQUEST messages of no use in any minute; 100.</summary>
    public int MaxBadMessagesPerMinute { get; init; } = 100;

    /// <summary>Frames asked to be sent and not yet reported as sent; 1024.</summary>
    public int MaxWaitingMessages { get; init; } = 1024;

    /// <summary>Bytes of such frames; 1 MiB.</summary>
    public int MaxWaitingBytes { get; init; } = 1024 * 1024;
}
