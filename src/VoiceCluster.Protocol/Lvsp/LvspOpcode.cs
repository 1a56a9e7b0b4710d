namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What an LVSP message is: its <c>op</c>.</summary>
/// <remarks>The server sends <see cref="Hello"/>, <see cref="Ready"/>, <see cref="HeartbeatAck"/> and <see cref="Info"/> only.</remarks>
public enum LvspOpcode
{
    /// <summary>Server: heartbeat interval and nonce, first on every connection.</summary>
    Hello = 0,

    /// <summary>Backend: the token that proves the secret.</summary>
    Identify = 1,

    /// <summary>Backend, instead of <see cref="Identify"/>: goes on with an earlier session.</summary>
    Resume = 2,

    /// <summary>Server: authenticated; with health and the session's name.</summary>
    Ready = 3,

    /// <summary>Backend: alive, and the last sequence number it has seen.</summary>
    Heartbeat = 4,

    /// <summary>Server: the answer to <see cref="Heartbeat"/>.</summary>
    HeartbeatAck = 5,

    /// <summary>Both: something about a channel or a voice state.</summary>
    Info = 6,

    /// <summary>Backend, document form: makes a voice state (VST_REQUEST).</summary>
    VoiceStateRequest = 7,
}
