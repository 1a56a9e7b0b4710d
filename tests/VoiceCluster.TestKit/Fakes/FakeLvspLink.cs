using System.Net.WebSockets;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.TestKit.Fakes;

/// <summary>What a fake node has sent in one LVSP session.</summary>
internal sealed class FakeLvspSession
{
    public List<byte[]> Sent { get; } = [];

    public MessageSocket? Socket { get; set; }
}

/// <summary>One backend at a fake node: every request is answered at once.</summary>
internal sealed class FakeLvspLink(FakeNode node, WebSocket socket)
{
    private readonly MessageSocket _socket = new(socket);
    private readonly string _nonce = Guid.NewGuid().ToString("N")[..10];
    private FakeLvspSession _session = new();

    public async Task RunAsync()
    {
        await _socket.SendAsync(LvspServerFrames.Hello(node.HeartbeatIntervalMs, _nonce));
        while (await _socket.ReceiveAsync() is { IsEnd: false } received)
        {
            if (LvspFrameReader.TryRead(received.Body.Span, out var frame, out _))
            {
                await TakeAsync(frame);
            }
        }

        await _socket.CloseAsync();
    }

    private async Task TakeAsync(LvspFrame frame)
    {
        switch (frame)
        {
            case LvspFrame.Identify identify when identify.Token != LvspToken.Compute(FakeNode.Secret, _nonce):
                await _socket.CloseAsync((int)LvspCloseCode.AuthenticationFailed, LvspCloseReason.WrongToken);
                break;
            case LvspFrame.Identify:
                node.LvspSessions[_nonce] = _session;
                _session.Socket = _socket;
                await _socket.SendAsync(LvspServerFrames.Ready(LvspHealth.Best, _nonce, resumed: false));
                break;
            case LvspFrame.Resume resume:
                await ResumeAsync(resume);
                break;
            case LvspFrame.Heartbeat heartbeat when !node.IsSilent:
                await _socket.SendAsync(LvspServerFrames.HeartbeatAck(heartbeat.SequenceNumber, _session.Sent.Count, new LvspHealth(0.5)));
                break;
            case LvspFrame.Request request:
                node.Requests.Writer.TryWrite(request.Asked);
                await AnswerAsync(request.Asked);
                break;
        }
    }

    private async Task ResumeAsync(LvspFrame.Resume resume)
    {
        _session = node.LvspSessions[resume.SessionId!];
        _session.Socket = _socket;
        foreach (var missed in _session.Sent.Skip((int)resume.SequenceNumber!))
        {
            await _socket.SendAsync(missed);
        }

        await _socket.SendAsync(LvspServerFrames.Ready(LvspHealth.Best, resume.SessionId!, resumed: true));
    }

    private async Task AnswerAsync(LvspRequest request)
    {
        if (node.IsSilent)
        {
            return;
        }

        switch (request)
        {
            case ChannelRequest channel when node.Refusal is { } reason:
                await SendAsync(new ChannelDestroyed(channel.ChannelId, channel.GuildId, reason), request.Form);
                break;
            case ChannelRequest channel:
                await SendAsync(new ChannelAssigned(channel.ChannelId, channel.GuildId, 64_000, "channel-token", node.VoiceUrl.Authority), request.Form);
                break;
            case VoiceStateCreate join when node.Refusal is null:
                await SendAsync(
                    new VoiceStateDone(
                        join.UserId, join.ChannelId, join.GuildId, $"session-{join.UserId}", default, $"token-{join.UserId}", node.VoiceUrl.Authority),
                    request.Form);
                break;
        }
    }

    private async Task SendAsync(LvspNotice notice, LvspForm form)
    {
        LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatibility: false, out var body);
        var frame = LvspServerFrames.Info(_session.Sent.Count + 1, body.Span);
        _session.Sent.Add(frame);
        await _session.Socket!.SendAsync(frame);
    }
}
