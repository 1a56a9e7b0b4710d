using VoiceCluster.Crypto;
using VoiceCluster.Fuzz.Targets;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz;

/// <summary>Every target there is. A new parser gets a class in Targets and a line here.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new DatagramTarget(),
        new IpDiscoveryTarget(),
        new RtpTarget(),
        new HeaderExtensionsTarget(),
        new RtcpTarget(),
        new ReplayWindowTarget(),
        new VoiceClientMessageTarget(),
        new VoiceServerMessageTarget(),
        new VoiceConnectionTarget(),
        new LvspFrameTarget(),
        new ProxyHeaderTarget(),
        new LvspConnectionTarget(),
        new NodeLinkTarget(),
        new WorkerTarget(),
        .. TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable).Select(mode => new TransportCipherTarget(mode)),
    ];

    /// <summary>The targets a name stands for; none if it is unknown.</summary>
    public static IReadOnlyList<IFuzzTarget> Named(string name) =>
        name == "all" ? All : [.. All.Where(target => target.Name == name)];
}
