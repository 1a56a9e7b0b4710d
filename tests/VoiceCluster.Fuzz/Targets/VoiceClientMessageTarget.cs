using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A text message of a voice client; what is read is written again and must read back equal.</summary>
internal sealed class VoiceClientMessageTarget : IFuzzTarget
{
    private static readonly VoiceGatewayVersion Newest = new(VoiceGatewayVersion.Newest);

    public string Name => "voice-client-message";

    public IEnumerable<byte[]> Corpus => VoiceCorpus.ClientMessages.Select(message => VoiceClientFrames.Write(Newest, message));

    public void Run(ReadOnlySpan<byte> input)
    {
        var error = VoiceClientMessage.TryParse(input, out var message, out _);
        if ((error == VoiceDecodeError.None) != (message is not null))
        {
            throw new InvalidOperationException($"Error {error} does not agree with the message.");
        }

        if (message is null or IgnoredMessage or SelectProtocol { Protocol: not SelectProtocol.Udp })
        {
            return;
        }

        var again = VoiceClientMessage.TryParse(VoiceClientFrames.Write(Newest, message), out var second, out _);
        if (again != VoiceDecodeError.None || !message.Equals(second))
        {
            throw new InvalidOperationException("A message that was read does not read back equal.");
        }
    }
}
