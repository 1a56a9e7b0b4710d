using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Media.Relay;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media;

/// <summary>Settings of the media plane.</summary>
public sealed record MediaOptions
{
    /// <summary>One frame of speech: whoever waits longer has the next one coming.</summary>
    private static readonly TimeSpan LongestRoundInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>The IPv4 address that the sockets bind. Default: every address.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Any;

    /// <summary>The first worker's port; the others follow. 0 takes any free ports, for tests. Default 50000.</summary>
    public int Port { get; init; } = 50_000;

    /// <summary>Packet loops, each a thread with a port of its own. Default: one per core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How urgently their threads are to be run, as far as the system permits. Default: before others.</summary>
    public ThreadUrgency Urgency { get; init; } = ThreadUrgency.Raised;

    /// <summary>The cores that they are kept on, in turn; empty lets them go anywhere, which is the default.</summary>
    public ImmutableArray<int> Cores { get; init; } = [];

    /// <summary>The IPv4 address that clients are told. Default: loopback, which is for development only.</summary>
    public IPAddress AdvertisedAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The modes that may be offered, most preferred first; those whose library is missing fall away. Default: all.</summary>
    public ImmutableArray<TransportEncryptionMode> Modes { get; init; } = TransportEncryptionModes.All;

    /// <summary>Which kind of socket to use. Default: the fastest there is.</summary>
    public DatagramSocketKind Sockets { get; init; }

    /// <summary>Differentiated services code point of media, 0 to 63. Default 46, expedited forwarding.</summary>
    public int Dscp { get; init; } = 46;

    /// <summary>The kernel's receive and send buffer of each socket, in bytes. Default 4 MiB.</summary>
    public int SocketBufferBytes { get; init; } = 4 << 20;

    /// <summary>Datagrams that go out at once; four times as many are taken in. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// The least time from the beginning of one round of a packet loop to that of the next. Packets that come meanwhile are sent together, and wait for at most that
    /// long. 0, the default, sends each at once.
    /// </summary>
    public TimeSpan RoundInterval { get; init; }

    /// <summary>The longest datagram that is taken from a client, in bytes. Default 1,400.</summary>
    public int MaximumDatagramBytes { get; init; } = 1400;

    /// <summary>How long a datagram may have waited in the kernel before it is dropped unopened. Default 100 ms.</summary>
    public TimeSpan MaximumAge { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>After how long a standstill a worker drops what has piled up. Default 1 s.</summary>
    public TimeSpan StandstillLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Packets a second that one session may send, checked before they are opened. Default 150.</summary>
    public int PacketsPerSecond { get; init; } = 150;

    /// <summary>The same for a session whose codec list has video in it. Default 1,500.</summary>
    public int VideoPacketsPerSecond { get; init; } = 1500;

    /// <summary>Packets a second that are tried for one session from addresses that are not its own. Default 25.</summary>
    public int StrangerPacketsPerSecond { get; init; } = 25;

    /// <summary>Packets a second from one address that may fail to open before its packets are tried no more. Default 200.</summary>
    public int FailedOpensPerSecond { get; init; } = 200;

    /// <summary>
    /// Discovery, echo and ping answers a second to one address, which may have a whole site behind it; ten seconds' worth may come at once.
    /// Default 500.
    /// </summary>
    public int AnswersPerSecond { get; init; } = 500;

    /// <summary>What is sent to an address that nothing has confirmed yet, in bit/s. Default 64,000.</summary>
    public int UnconfirmedBitsPerSecond { get; init; } = 64_000;

    /// <summary>How far above a channel's bitrate a sender may be, as a factor. Default 1.25.</summary>
    public double BitrateHeadroom { get; init; } = 1.25;

    /// <summary>For how long a sender may exceed the rate after being quiet. Default 2 s.</summary>
    public TimeSpan BitrateBurst { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many people are heard at once in a channel; 0 is any number. Default 12.</summary>
    public int MaximumSpeakers { get; init; } = 12;

    /// <summary>How often clients that sent a codec list get a receiver report. Default 5 s.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closed session's sources rest before they are given out again. Default 10 minutes.</summary>
    public TimeSpan SourceQuarantine { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Sessions that one worker takes. Default 5,000.</summary>
    public int MaximumSessionsPerWorker { get; init; } = 5000;

    /// <summary>Edges that wait for control per worker before the oldest is dropped. Default 1,024.</summary>
    public int EdgeQueueLength { get; init; } = 1024;

    /// <summary>How media reaches the workers of other nodes, and of this one; null for a node alone, whose channels stay on one worker. Default: none.</summary>
    public RelayOptions? Relay { get; init; }

    /// <summary>Names every setting that makes no sense; empty when all is well.</summary>
    public ImmutableArray<string> FindProblems()
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        void Require(bool isMet, string problem)
        {
            if (!isMet)
            {
                problems.Add(problem);
            }
        }

        Require(ListenAddress.AddressFamily == AddressFamily.InterNetwork, $"{nameof(ListenAddress)} must be an IPv4 address.");
        Require(
            Relay is null || Relay.ListenAddress.AddressFamily == AddressFamily.InterNetwork, $"{nameof(Relay)} must listen on an IPv4 address.");
        Require(Relay is null || (Relay.Port >= 0 && Relay.Port + Workers <= 65_536), $"{nameof(Relay)} must leave room for {Workers} ports below 65536.");
        Require(Relay is null || !Relay.Secret.IsEmpty, $"{nameof(Relay)} needs a secret.");
        Require(AdvertisedAddress.AddressFamily == AddressFamily.InterNetwork, $"{nameof(AdvertisedAddress)} must be an IPv4 address.");
        Require(!AdvertisedAddress.Equals(IPAddress.Any), $"{nameof(AdvertisedAddress)} must be an address that clients can reach, not 0.0.0.0.");
        Require(Workers is >= 1 and <= 256, $"{nameof(Workers)} must be from 1 to 256.");
        Require(Port >= 0 && Port + Workers <= 65_536, $"{nameof(Port)} must leave room for {Workers} ports below 65536.");
        Require(Dscp is >= 0 and <= 63, $"{nameof(Dscp)} must be from 0 to 63.");
        Require(BatchSize is >= 1 and <= 1024, $"{nameof(BatchSize)} must be from 1 to 1024.");
        Require(Cores.IsDefaultOrEmpty || Cores.All(core => core >= 0), $"{nameof(Cores)} count from 0.");
        Require(SocketBufferBytes >= 4096, $"{nameof(SocketBufferBytes)} must be at least 4096.");
        Require(MaximumAge > TimeSpan.Zero, $"{nameof(MaximumAge)} must be above 0.");
        Require(RoundInterval >= TimeSpan.Zero && RoundInterval <= LongestRoundInterval, $"{nameof(RoundInterval)} must be from 0 to 20 ms.");
        Require(MaximumDatagramBytes is >= 100 and <= 1900, $"{nameof(MaximumDatagramBytes)} must be from 100 to 1900.");
        Require(MaximumSessionsPerWorker is >= 1 and <= 60_000, $"{nameof(MaximumSessionsPerWorker)} must be from 1 to 60000.");
        Require(BitrateHeadroom >= 1, $"{nameof(BitrateHeadroom)} must be at least 1.");
        Require(MaximumSpeakers is >= 0 and <= 1000, $"{nameof(MaximumSpeakers)} must be from 0 to 1000.");
        Require(EdgeQueueLength >= 1, $"{nameof(EdgeQueueLength)} must be at least 1.");
        Require(
            new[] { PacketsPerSecond, VideoPacketsPerSecond, StrangerPacketsPerSecond, FailedOpensPerSecond, AnswersPerSecond }.All(rate => rate > 0),
            "Rates a second must be at least 1.");
        Require(UnconfirmedBitsPerSecond >= 8000, $"{nameof(UnconfirmedBitsPerSecond)} must be at least 8000.");
        return problems.ToImmutable();
    }
}
