namespace VoiceCluster.Protocol.Gateway;

/// <summary>The opcodes of the voice gateway; the comment names who sends it.</summary>
/// <remarks>Source: Discord "Opcodes and Status Codes", Voice; Userdoccers for those that Discord leaves out.</remarks>
public enum VoiceOpcode
{
    /// <summary>Client: begins a session.</summary>
    Identify = 0,

    /// <summary>Client: chooses transport and mode.</summary>
    SelectProtocol = 1,

    /// <summary>Server: answers identify.</summary>
    Ready = 2,

    /// <summary>Client: keeps the socket. Server: the answer at version 1, a request for one now at later versions.</summary>
    Heartbeat = 3,

    /// <summary>Server: answers select protocol with mode and key.</summary>
    SessionDescription = 4,

    /// <summary>Both: who speaks with which source.</summary>
    Speaking = 5,

    /// <summary>Server: answers a heartbeat from version 2 on.</summary>
    HeartbeatAck = 6,

    /// <summary>Client: continues a session on a new socket.</summary>
    Resume = 7,

    /// <summary>Server: first message on every socket.</summary>
    Hello = 8,

    /// <summary>Server: answers resume.</summary>
    Resumed = 9,

    /// <summary>Both, no longer used: signalling between two peers.</summary>
    Signal = 10,

    /// <summary>Server: users that are in the call.</summary>
    ClientsConnect = 11,

    /// <summary>Both: video sources of a user.</summary>
    Video = 12,

    /// <summary>Server: a user left the call.</summary>
    ClientDisconnect = 13,

    /// <summary>Both: codecs changed.</summary>
    SessionUpdate = 14,

    /// <summary>Both: how much of which source is wanted.</summary>
    MediaSinkWants = 15,

    /// <summary>Both: asks for and tells the names of the server's builds.</summary>
    VoiceBackendVersion = 16,

    /// <summary>Server, never seen in use.</summary>
    ChannelOptionsUpdate = 17,

    /// <summary>Server: flags of a user's client.</summary>
    ClientFlags = 18,

    /// <summary>No longer used.</summary>
    SpeedTest = 19,

    /// <summary>Server: kind of device a user is on.</summary>
    ClientPlatform = 20,

    /// <summary>Server: end-to-end encryption, a transition is coming.</summary>
    DavePrepareTransition = 21,

    /// <summary>Server: the announced transition takes effect.</summary>
    DaveExecuteTransition = 22,

    /// <summary>Client: ready for the announced transition.</summary>
    DaveTransitionReady = 23,

    /// <summary>Server: a new group or protocol version is coming.</summary>
    DavePrepareEpoch = 24,

    /// <summary>Server, binary: credential of the external sender.</summary>
    DaveMlsExternalSender = 25,

    /// <summary>Client, binary: key package.</summary>
    DaveMlsKeyPackage = 26,

    /// <summary>Server, binary: proposals.</summary>
    DaveMlsProposals = 27,

    /// <summary>Client, binary: commit, with a welcome.</summary>
    DaveMlsCommitWelcome = 28,

    /// <summary>Server, binary: the commit that was chosen.</summary>
    DaveMlsAnnounceCommitTransition = 29,

    /// <summary>Server, binary: welcome for new members.</summary>
    DaveMlsWelcome = 30,

    /// <summary>Client: a commit or welcome could not be applied.</summary>
    DaveMlsInvalidCommitWelcome = 31,

    /// <summary>Client: no way to the media address was found.</summary>
    NoRoute = 32,
}

/// <summary>What kinds of opcodes there are, seen from the server.</summary>
public static class VoiceOpcodes
{
    /// <summary>The highest documented number.</summary>
    public const int Highest = (int)VoiceOpcode.NoRoute;

    /// <summary>Tells whether a client may send it, in any form and at any version.</summary>
    public static bool IsFromClient(int opcode) => (VoiceOpcode)opcode is
        VoiceOpcode.Identify or VoiceOpcode.SelectProtocol or VoiceOpcode.Heartbeat or VoiceOpcode.Speaking
        or VoiceOpcode.Resume or VoiceOpcode.Signal or VoiceOpcode.Video or VoiceOpcode.SessionUpdate
        or VoiceOpcode.MediaSinkWants or VoiceOpcode.VoiceBackendVersion or VoiceOpcode.SpeedTest
        or VoiceOpcode.DaveTransitionReady or VoiceOpcode.DaveMlsKeyPackage or VoiceOpcode.DaveMlsCommitWelcome
        or VoiceOpcode.DaveMlsInvalidCommitWelcome or VoiceOpcode.NoRoute;

    /// <summary>Tells whether a client sends it as a binary frame only.</summary>
    public static bool IsBinaryFromClient(int opcode) =>
        (VoiceOpcode)opcode is VoiceOpcode.DaveMlsKeyPackage or VoiceOpcode.DaveMlsCommitWelcome;
}
