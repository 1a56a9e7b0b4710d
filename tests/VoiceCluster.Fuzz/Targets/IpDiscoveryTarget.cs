using VoiceCluster.Protocol.Udp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>The client's side of discovery and ping.</summary>
internal sealed class IpDiscoveryTarget : IFuzzTarget
{
    public string Name => "ip-discovery";

    public IEnumerable<byte[]> Corpus => Corpora.Control;

    public void Run(ReadOnlySpan<byte> input)
    {
        _ = UdpPing.TryParseResponse(input, out _);
        if (IpDiscovery.TryParseResponse(input, out var response) && response.Address is null)
        {
            throw new InvalidOperationException("A response without an address parsed.");
        }
    }
}
