using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <content>One connection that stands, to its end.</content>
internal sealed partial class NodeLink
{
    // Held around the delivery of frames, so that those of an old connection cannot be overtaken by those of its successor.
    private readonly Lock _delivery = new();
    private readonly List<ReadOnlyMemory<byte>> _arrived = [];
    private TimeSpan? _lastRoundTrip;

    /// <summary>Carries frames over a connection that stands, to its end.</summary>
    public async Task RunAsync(LinkSocket socket, int connection)
    {
        lock (_gate)
        {
            if (!_peer.IsCurrent(connection) || _stopped)
            {
                return;
            }

            _socket?.Abort();
            _socket = socket;
        }

        socket.AskForWork();
        var writing = WriteAsync(socket, connection);
        await ReadAsync(socket, connection);
        socket.Abort();
        await writing;
        OnDown(socket, connection);
    }

    private async Task WriteAsync(LinkSocket socket, int connection)
    {
        var packet = new FrameWriter(4096);
        try
        {
            while (await socket.WaitForWorkAsync())
            {
                while (Fill(packet, connection))
                {
                    await socket.SendAsync(packet.Written, CancellationToken.None);
                }

                if (Volatile.Read(ref _stopped))
                {
                    await SayGoodbyeAsync(socket, packet);
                    return;
                }
            }
        }
        catch (LinkSocketException)
        {
            socket.Abort();
        }
    }

    private static async Task SayGoodbyeAsync(LinkSocket socket, FrameWriter packet)
    {
        packet.Clear();
        LinkPackets.WriteGoodbye(packet);
        await socket.SendAsync(packet.Written, CancellationToken.None);
        await socket.CloseAsync(CancellationToken.None);
    }

    private bool Fill(FrameWriter packet, int connection)
    {
        packet.Clear();
        int frames;
        lock (_gate)
        {
            frames = _peer.Write(connection, packet, transport.Now);
        }

        if (packet.Length == 0)
        {
            return false;
        }

        NodeLinkTelemetry.Sent(peer, frames, packet.Length);
        return true;
    }

    private async Task ReadAsync(LinkSocket socket, int connection)
    {
        try
        {
            var maxBytes = transport.Options.MaxFrameBytes + transport.Options.PacketBytes + LinkPackets.Overhead;
            while (await socket.ReceiveAsync(maxBytes, CancellationToken.None) is { } packet && Take(socket, connection, packet))
            {
            }
        }
        catch (LinkSocketException error)
        {
            Log.Lost(transport.Logger, peer, error.Message);
        }
    }

    /// <summary>Hands on the frames of a packet. False when the connection is to end.</summary>
    private bool Take(LinkSocket socket, int connection, ReadOnlyMemory<byte> packet)
    {
        LinkReceipt receipt;
        TimeSpan? roundTrip;
        lock (_delivery)
        {
            _arrived.Clear();
            NodeIncarnation from;
            lock (_gate)
            {
                receipt = _peer.Receive(connection, packet, _arrived, transport.Now);
                from = _peer.Incarnation;
                roundTrip = _peer.RoundTrip;
            }

            foreach (var frame in _arrived)
            {
                transport.Deliver(from, frame);
            }

            NodeLinkTelemetry.Received(peer, _arrived.Count, packet.Length);
        }

        NoteRoundTrip(roundTrip);
        if (receipt == LinkReceipt.Write)
        {
            socket.AskForWork();
        }

        if (receipt == LinkReceipt.Violation)
        {
            NodeLinkTelemetry.Failed("violation");
            Log.Violation(transport.Logger, peer);
        }

        return receipt is LinkReceipt.Taken or LinkReceipt.Write;
    }

    private void NoteRoundTrip(TimeSpan? roundTrip)
    {
        if (roundTrip is { } measured && roundTrip != _lastRoundTrip)
        {
            _lastRoundTrip = roundTrip;
            NodeLinkTelemetry.RoundTrip(peer, measured);
        }
    }

    private void OnDown(LinkSocket socket, int connection)
    {
        lock (_gate)
        {
            _peer.Drop(connection, transport.Now);
            if (ReferenceEquals(_socket, socket))
            {
                _socket = null;
            }
        }

        // Not from here: a node that closes each connection at once would make this a loop without a pause.
        if (!Volatile.Read(ref _stopped))
        {
            transport.Wake();
        }
    }
}
