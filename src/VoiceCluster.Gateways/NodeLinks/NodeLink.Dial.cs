using System.Security.Cryptography;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <content>Connecting to the other node.</content>
internal sealed partial class NodeLink
{
    private void DialIfDue()
    {
        int dial;
        lock (_gate)
        {
            if (_stopped || !_peer.TryBeginDial(transport.Now, out dial))
            {
                return;
            }
        }

        _ = Task.Run(() => DialAsync(dial));
    }

    private async Task DialAsync(int dial)
    {
        try
        {
            using var deadline = new CancellationTokenSource(transport.Options.HandshakeDeadline, transport.Time);
            using var socket = await transport.ConnectAsync(peer, deadline.Token);
            var dialer = new LinkDialer(transport.Identity, peer, RandomNumberGenerator.GetBytes(LinkMessages.NonceLength));
            if (await ProveAsync(socket, dialer, dial, deadline.Token) is { } up)
            {
                OnUp(up, dialer.Peer);
                await RunAsync(socket, up.Connection);
            }
        }
        catch (LinkSocketException error)
        {
            NodeLinkTelemetry.Failed("connect");
            Log.DialFailed(transport.Logger, peer, error.Message);
        }
        finally
        {
            FailDial(dial);
        }
    }

    /// <summary>Does nothing when the attempt went through, or another took its place.</summary>
    private void FailDial(int dial)
    {
        lock (_gate)
        {
            _peer.FailDial(dial, transport.Now);
        }
    }

    private async Task<LinkUp?> ProveAsync(LinkSocket socket, LinkDialer dialer, int dial, CancellationToken deadline)
    {
        await socket.SendAsync(dialer.Hello, deadline);
        if (dialer.OnChallenge(await NextAsync(socket, deadline)) is { } refusal)
        {
            return Refused(refusal);
        }

        LinkPosition position;
        lock (_gate)
        {
            if (_stopped || !_peer.TryCommitDial(dial, dialer.Peer, out position))
            {
                return null;
            }
        }

        await socket.SendAsync(dialer.Prove(position), deadline);
        if (dialer.OnWelcome(await NextAsync(socket, deadline), out var welcome) is { } refused)
        {
            return Refused(refused);
        }

        lock (_gate)
        {
            return _stopped ? null : _peer.CompleteDial(dial, dialer.Peer, welcome, transport.Now);
        }
    }

    private LinkUp? Refused(LinkRefusal refusal)
    {
        NodeLinkTelemetry.Failed(NodeLinkTelemetry.NameOf(refusal));
        if (refusal is not (LinkRefusal.Superseded or LinkRefusal.Stopping))
        {
            Log.Refused(transport.Logger, peer, refusal);
        }

        return null;
    }

    private static async ValueTask<ReadOnlyMemory<byte>> NextAsync(LinkSocket socket, CancellationToken deadline)
    {
        var message = await socket.ReceiveAsync(LinkMessages.MaxHandshakeBytes, deadline)
            ?? throw new LinkSocketException("The other node closed before the link stood.");

        // The handshake keeps what was said; the socket's buffer is used again.
        return message.ToArray();
    }
}
