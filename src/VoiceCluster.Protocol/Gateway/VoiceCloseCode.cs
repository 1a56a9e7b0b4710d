namespace VoiceCluster.Protocol.Gateway;

/// <summary>Close codes of the voice gateway.</summary>
/// <remarks>Source: Discord "Opcodes and Status Codes", Voice Close Event Codes; RFC 6455 section 7.4.1 below 4000.</remarks>
public enum VoiceCloseCode
{
    /// <summary>A normal end.</summary>
    Normal = 1000,

    /// <summary>The endpoint goes away.</summary>
    GoingAway = 1001,

    /// <summary>The opcode does not exist or is not one a client sends.</summary>
    UnknownOpcode = 4001,

    /// <summary>The message could not be decoded.</summary>
    FailedToDecode = 4002,

    /// <summary>Something was sent before identify, or identify never came.</summary>
    NotAuthenticated = 4003,

    /// <summary>The token is wrong.</summary>
    AuthenticationFailed = 4004,

    /// <summary>A second identify or resume on one socket.</summary>
    AlreadyAuthenticated = 4005,

    /// <summary>The session ended, was replaced, or cannot be resumed.</summary>
    SessionNoLongerValid = 4006,

    /// <summary>Heartbeats or select protocol did not come in time.</summary>
    SessionTimeout = 4009,

    /// <summary>The server id is not known here.</summary>
    ServerNotFound = 4011,

    /// <summary>The transport is not offered.</summary>
    UnknownProtocol = 4012,

    /// <summary>The media worker of a WebRTC connection is gone.</summary>
    WebRtcCrashed = 4013,

    /// <summary>The user was kicked or moved, or the channel is gone; the client waits for the main gateway.</summary>
    Disconnected = 4014,

    /// <summary>The node restarts or failed; the client may come back.</summary>
    VoiceServerCrashed = 4015,

    /// <summary>The encryption mode was not offered.</summary>
    UnknownEncryptionMode = 4016,

    /// <summary>The call takes only clients with end-to-end encryption.</summary>
    EndToEndEncryptionRequired = 4017,

    /// <summary>A well-formed message with impossible contents, or a version that does not exist.</summary>
    BadRequest = 4020,

    /// <summary>Too many messages or connections.</summary>
    RateLimited = 4021,

    /// <summary>The whole call ended.</summary>
    CallTerminated = 4022,
}

/// <summary>What a close code that came from a client says.</summary>
public static class VoiceCloseCodes
{
    /// <summary>Tells whether the user means to leave for good, so that nothing has to be held for a resume.</summary>
    /// <remarks>
    /// Only 1000 says so. 4000 is what the official client sends both for leaving and before it reconnects, and
    /// several libraries have codes of their own; all those, and a lost socket (<c>null</c>), keep the session.
    /// </remarks>
    public static bool EndsSession(int? clientCode) => clientCode == (int)VoiceCloseCode.Normal;
}
