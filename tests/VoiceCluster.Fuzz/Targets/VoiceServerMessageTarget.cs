using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A text message of a voice server.</summary>
internal sealed class VoiceServerMessageTarget : IFuzzTarget
{
    public string Name => "voice-server-message";

    public IEnumerable<byte[]> Corpus => VoiceCorpus.ServerMessages;

    public void Run(ReadOnlySpan<byte> input)
    {
        _ = VoiceServerMessage.TryParse(input, new VoiceGatewayVersion(1), out _);
        _ = VoiceServerMessage.TryParse(input, new VoiceGatewayVersion(8), out _);
    }
}
