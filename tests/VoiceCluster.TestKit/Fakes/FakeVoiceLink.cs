using System.Security.Cryptography;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.TestKit.Fakes;

/// <summary>One user's voice WebSocket at a fake node.</summary>
public sealed class FakeVoiceLink
{
    private readonly FakeNode _node;
    private readonly MessageSocket _socket;
    private readonly VoiceGatewayVersion _version;
    private ushort _sequence;

    internal FakeVoiceLink(FakeNode node, AcceptedWebSocket accepted)
    {
        _node = node;
        _socket = new MessageSocket(accepted.Socket);
        _ = VoiceGatewayVersion.TryParseQueryValue(accepted.PathAndQuery.Split("v=")[^1], out _version);
    }

    /// <summary>The user, once identified or resumed.</summary>
    public Snowflake UserId { get; private set; }

    /// <summary>What the client resumed with; null if it identified.</summary>
    public Resume? ResumedWith { get; private set; }

    /// <summary>Closes with a code.</summary>
    public Task CloseAsync(int code, string reason) => _socket.CloseAsync(code, reason);

    /// <summary>Breaks the connection.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Tells the client something, numbered if its version has numbers.</summary>
    public async Task TellAsync(VoiceEvent voiceEvent)
    {
        _sequence++;
        await _socket.SendAsync(VoiceServerFrames.Event(_version, voiceEvent, _version.SequenceNumbers ? _sequence : (ushort)0));
    }

    internal async Task RunAsync()
    {
        await _socket.SendAsync(VoiceServerFrames.Hello(_version, _node.HeartbeatIntervalMs));
        while (await _socket.ReceiveAsync() is { IsEnd: false } received)
        {
            if (VoiceClientMessage.TryParse(received.Body.Span, out var message, out _) == VoiceDecodeError.None)
            {
                await TakeAsync(message!);
            }
        }

        await _socket.CloseAsync();
    }

    private async Task TakeAsync(VoiceClientMessage message)
    {
        switch (message)
        {
            case Identify identify when identify.Token != $"token-{identify.UserId}":
                await CloseAsync((int)VoiceCloseCode.AuthenticationFailed, "wrong token");
                break;
            case Identify identify:
                UserId = identify.UserId;
                await SendAsync(VoiceServerFrames.Ready(_version, _node.Media.Admit(UserId), _node.HeartbeatIntervalMs));
                _node.Identified.Writer.TryWrite(this);
                break;
            case SelectProtocol select:
                await DescribeAsync(select);
                break;
            case Speaking speaking:
                await RelayAsync(speaking);
                break;
            case Heartbeat heartbeat when !_node.IsSilent:
                await SendAsync(VoiceServerFrames.HeartbeatAck(_version, heartbeat.RawNonce));
                break;
            case Resume resume:
                ResumedWith = resume;
                UserId = _node.Media.SsrcOf.Keys.Single(user => resume.SessionId == $"session-{user}");
                _sequence = resume.SequenceAck.Sequence;
                await SendAsync(VoiceServerFrames.Resumed());
                break;
        }
    }

    private async Task DescribeAsync(SelectProtocol select)
    {
        _ = TransportEncryptionModes.TryParse(select.Mode, out var mode);
        var key = RandomNumberGenerator.GetBytes(TransportCipher.KeyLength);
        _node.Media.UseKey(UserId, mode, key);
        await SendAsync(VoiceServerFrames.SessionDescription(new VoiceSessionDescription(mode, [.. key], "0123456789abcdef0123456789abcdef")));
    }

    private async Task RelayAsync(Speaking speaking)
    {
        foreach (var other in _node.VoiceLinks.Where(link => link.UserId != UserId && link.UserId != default))
        {
            await other.TellAsync(new SpeakingEvent(UserId, _node.Media.SsrcOf[UserId], speaking.Flags));
        }
    }

    private async Task SendAsync(byte[] frame) => await _socket.SendAsync(frame);
}
