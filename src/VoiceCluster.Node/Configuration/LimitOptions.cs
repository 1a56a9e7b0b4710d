namespace VoiceCluster.Node.Configuration;

/// <summary>What one realm, address, session or the node as a whole may use. Each limit has a counter of what it refused.</summary>
/// <remarks>By default a thousand users can come through one NAT address.</remarks>
public sealed record LimitOptions
{
    public required int ChannelsPerRealm { get; init; }

    public required int VoiceStatesPerRealm { get; init; }

    public required int LvspSessionsPerRealm { get; init; }

    /// <summary>TCP connections on all public ports together.</summary>
    public required int Connections { get; init; }

    public required int SocketsBeforeIdentify { get; init; }

    public required int SocketsBeforeIdentifyPerAddress { get; init; }

    /// <summary>Client ends of splices, and as many session ends.</summary>
    public required int Splices { get; init; }

    public required int PacketsPerSecondPerSession { get; init; }

    /// <summary>The same for a session that may send video.</summary>
    public required int VideoPacketsPerSecondPerSession { get; init; }

    public required int FailedOpensPerSecondPerAddress { get; init; }

    /// <summary>Answers to discovery, echoes and pings.</summary>
    public required int AnswersPerSecondPerAddress { get; init; }

    /// <summary>Media sessions on one packet thread.</summary>
    public required int SessionsPerWorker { get; init; }

    public required int VoiceMessagesPerMinute { get; init; }

    public required int VoiceMessagesPerSecond { get; init; }

    /// <summary>Bytes of one message from a voice client.</summary>
    public required int VoiceMessageSize { get; init; }

    /// <summary>Bytes of one message from a backend.</summary>
    public required int LvspMessageSize { get; init; }

    /// <summary>Messages that may wait for a slow backend. What a session keeps to replay is fixed by LVSP.</summary>
    public required int LvspOutboxMessages { get; init; }

    /// <summary>Bytes that may wait for a slow backend.</summary>
    public required int LvspOutboxSize { get; init; }

    public required int LvspBadMessagesPerMinute { get; init; }

    internal static LimitOptions Read(SettingsReader read) => new()
    {
        ChannelsPerRealm = read.Integer("Limits:ChannelsPerRealm", 100_000, 1, 10_000_000, "Voice channels of one realm."),
        VoiceStatesPerRealm = read.Integer("Limits:VoiceStatesPerRealm", 200_000, 1, 10_000_000, "Voice states of one realm."),
        LvspSessionsPerRealm = read.Integer("Limits:LvspSessionsPerRealm", 64, 1, 10_000, "LVSP sessions of one realm, those in their resume window included."),
        Connections = read.Integer("Limits:Connections", 100_000, 10, 1_000_000, "TCP connections on the public ports together."),
        SocketsBeforeIdentify = read.Integer("Limits:SocketsBeforeIdentify", 20_000, 1, 1_000_000, "Connections that have not identified themselves, in all."),
        SocketsBeforeIdentifyPerAddress = read.Integer(
            "Limits:SocketsBeforeIdentifyPerAddress", 2_000, 1, 1_000_000, "Connections that have not identified themselves, from one IPv4 address or IPv6 /64."),
        Splices = read.Integer(
            "Limits:Splices", 10_000, 0, 1_000_000, "Clients whose connection is on this node and whose session on another, and as many the other way round; 0 takes none."),
        PacketsPerSecondPerSession = read.Integer("Limits:PacketsPerSecondPerSession", 150, 10, 10_000, "Media datagrams of one session; audio needs 50."),
        VideoPacketsPerSecondPerSession = read.Integer("Limits:VideoPacketsPerSecondPerSession", 1_500, 10, 100_000, "Media datagrams of one session that may send video."),
        FailedOpensPerSecondPerAddress = read.Integer(
            "Limits:FailedOpensPerSecondPerAddress", 1_000, 1, 1_000_000, "Datagrams from one address that may fail authentication before its next ones are dropped unopened."),
        AnswersPerSecondPerAddress = read.Integer(
            "Limits:AnswersPerSecondPerAddress", 500, 1, 1_000_000, "Answers to address discovery, echoes and pings from one address; ten seconds' worth may come at once."),
        SessionsPerWorker = read.Integer("Limits:SessionsPerWorker", 5_000, 1, 60_000, "Media sessions that one packet thread takes."),
        VoiceMessagesPerMinute = read.Integer("Limits:VoiceMessagesPerMinute", 120, 10, 100_000, "Messages of one voice client in a minute."),
        VoiceMessagesPerSecond = read.Integer("Limits:VoiceMessagesPerSecond", 30, 1, 10_000, "Messages of one voice client in a second."),
        VoiceMessageSize = read.Size("Limits:VoiceMessageSize", "64KiB", "4KiB", "64KiB", "One message from a voice client."),
        LvspMessageSize = read.Size("Limits:LvspMessageSize", "64KiB", "4KiB", "1MiB", "One message from a backend; before it has authenticated 4KiB."),
        LvspOutboxMessages = read.Integer("Limits:LvspOutboxMessages", 1_024, 16, 1_000_000, "Messages that may wait for a backend that reads slowly."),
        LvspOutboxSize = read.Size("Limits:LvspOutboxSize", "1MiB", "64KiB", "1GiB", "Bytes that may wait for a backend that reads slowly."),
        LvspBadMessagesPerMinute = read.Integer("Limits:LvspBadMessagesPerMinute", 100, 1, 100_000, "Messages of a backend that make no sense before its link is closed."),
    };
}
