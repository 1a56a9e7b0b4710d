using VoiceCluster.Protocol.Udp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>What a worker does with a datagram before any key is involved: classify it and write the answer, if there is one.</summary>
internal sealed class DatagramTarget : IFuzzTarget
{
    private readonly byte[] _response = new byte[128];

    public string Name => "datagram";

    public IEnumerable<byte[]> Corpus => [.. Corpora.Control, .. Corpora.PlainRtp, .. Corpora.PlainRtcp];

    public void Run(ReadOnlySpan<byte> input)
    {
        var written = DatagramClassifier.Classify(input) switch
        {
            DatagramKind.NativePing => UdpPing.WriteResponse(input, _response),
            DatagramKind.Keepalive => Keepalive.WriteResponse(input, _response),
            DatagramKind.IpDiscovery or DatagramKind.LegacyIpDiscovery => Answer(input),
            _ => 0,
        };
        if (written > input.Length)
        {
            throw new InvalidOperationException("An answer is longer than its request.");
        }
    }

    private int Answer(ReadOnlySpan<byte> input)
    {
        if (!IpDiscovery.TryParseRequest(input, out var request))
        {
            throw new InvalidOperationException("What is classified as discovery does not parse.");
        }

        return IpDiscovery.WriteResponse(request.Form, input, [203, 0, 113, 7], 50505, _response);
    }
}
