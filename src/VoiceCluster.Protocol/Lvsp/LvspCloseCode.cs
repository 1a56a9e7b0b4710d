namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Why the server closes an LVSP WebSocket.</summary>
public enum LvspCloseCode
{
    /// <summary>The node shuts down.</summary>
    GoingAway = 1001,

    /// <summary>A frame is longer than allowed.</summary>
    MessageTooBig = 1009,

    /// <summary>A general error; the backend should connect again.</summary>
    GeneralError = 4000,

    /// <summary>Not authenticated, or not in time.</summary>
    AuthenticationFailed = 4001,

    /// <summary>A message could not be decoded.</summary>
    DecodeError = 4002,
}

/// <summary>The texts that go with a close code: short, and without secrets.</summary>
public static class LvspCloseReason
{
    public const string NotDecodable = "not decodable";
    public const string BinaryFrame = "binary frame";
    public const string FrameTooLarge = "frame too large";
    public const string NotAuthenticated = "not authenticated";
    public const string WrongToken = "wrong token";
    public const string AuthenticationTimeout = "no identify in time";
    public const string UnknownSession = "unknown session";
    public const string CannotReplay = "cannot replay";
    public const string ResumedElsewhere = "resumed elsewhere";
    public const string AlreadyAuthenticated = "already authenticated";
    public const string UnknownOpcode = "unknown opcode";
    public const string HeartbeatTimeout = "heartbeat timeout";
    public const string TooManyBadMessages = "too many bad messages";
    public const string TooManyEarlyMessages = "too many messages before ready";
    public const string TooManySessions = "too many sessions";
    public const string TooSlow = "too slow";
    public const string Unavailable = "unavailable";
    public const string ShuttingDown = "shutting down";
}
