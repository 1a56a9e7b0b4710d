using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A whole voice gateway socket: the first byte is the version, then messages parted by line feeds.</summary>
/// <remarks>The owner accepts everything. What the server sends must be readable by a client.</remarks>
internal sealed class VoiceConnectionTarget : IFuzzTarget
{
    private static readonly VoiceReady Ready = new(new Ssrc(1000), "203.0.113.9", 50001, [.. TransportEncryptionModes.All]);

    public string Name => "voice-connection";

    public IEnumerable<byte[]> Corpus => Enumerable.Range(VoiceGatewayVersion.Oldest, VoiceGatewayVersion.Newest)
        .Select(number => (byte[])
        [
            (byte)(number - VoiceGatewayVersion.Oldest),
            .. VoiceCorpus.ClientMessages.SelectMany(message =>
                (byte[])[.. VoiceClientFrames.Write(new VoiceGatewayVersion(number), message), (byte)'\n']),
        ]);

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var version = new VoiceGatewayVersion(VoiceGatewayVersion.Oldest + (input[0] % VoiceGatewayVersion.Newest));
        var connection = new VoiceGatewayConnection(version, new VoiceGatewayOptions(), TimeSpan.Zero);
        var outbox = new VoiceOutbox(version);
        var now = TimeSpan.Zero;
        foreach (var line in input[1..].Split((byte)'\n'))
        {
            now += TimeSpan.FromMilliseconds(100);
            connection.HandleTimeout(now);
            connection.HandleText(input[1..][line], now);
            Answer(connection, outbox, now);
        }
    }

    private static void Answer(VoiceGatewayConnection connection, VoiceOutbox outbox, TimeSpan now)
    {
        while (connection.TryPoll(out var output))
        {
            switch (output)
            {
                case VoiceOutput.IdentifyReceived:
                    connection.AcceptIdentify(Ready, outbox, now);
                    connection.Send(new ClientsConnectEvent([new Snowflake(1)]));
                    break;
                case VoiceOutput.ResumeReceived { Resume: var resume }:
                    _ = connection.AcceptResume(Ready, outbox, resume.SequenceAck, described: false, now);
                    break;
                case VoiceOutput.SelectProtocolReceived { Mode: var mode }:
                    connection.SendSessionDescription(new VoiceSessionDescription(mode, VoiceCorpus.Key, "id"));
                    break;
                case VoiceOutput.SendText { Utf8: var text }:
                    CheckReadable(connection.Version, text.Span);
                    break;
            }
        }
    }

    private static void CheckReadable(VoiceGatewayVersion version, ReadOnlySpan<byte> text)
    {
        if (VoiceServerMessage.TryParse(text, version, out _) != VoiceDecodeError.None)
        {
            throw new InvalidOperationException("The server sent what a client cannot read.");
        }
    }
}
