using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Seals packets for one session at a time, straight into the slots that they are sent from.</summary>
internal sealed class SessionSender(WorkerContext context)
{
    private readonly WorkerContext _context = context;
    private readonly SinkTable _sinks = context.Sinks;
    private readonly SendQueue _send = context.Send;

    /// <summary>Tells whether a session can be sent anything at all.</summary>
    public bool IsReady(MediaSession session) => _sinks[session.Slot].IsReady;

    /// <summary>Tells whether a session can be sent RTCP.</summary>
    public bool TakesReports(MediaSession session)
    {
        ref var sink = ref _sinks[session.Slot];
        return sink.IsReady && sink.TakesReports;
    }

    /// <summary>Sends RTP to a sink that is ready; the header is rewritten for it already.</summary>
    public void SendRtp(ref MediaSink sink, int slot, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        var sealer = _sinks.Sealer(sink.Mode);
        if (TryAdmit(ref sink, slot, header.Length + body.Length + sealer.Overhead, out var suffix))
        {
            Commit(sealer.SealRtp(sink.Key, header, body, suffix, _send.NextSlot()), sink.Destination);
        }
    }

    /// <summary>Sends a whole RTCP packet to a session that <see cref="TakesReports"/>.</summary>
    public void SendRtcp(MediaSession session, ReadOnlySpan<byte> plain)
    {
        ref var sink = ref _sinks[session.Slot];
        var sealer = _sinks.Sealer(sink.Mode);
        if (TryAdmit(ref sink, session.Slot, plain.Length + sealer.Overhead, out var suffix))
        {
            Commit(sealer.SealRtcp(sink.Key, plain, suffix, _send.NextSlot()), sink.Destination);
        }
    }

    private void Commit(int length, Ipv4Endpoint destination)
    {
        if (length == 0)
        {
            _context.Drop(PacketDropReason.NotSealed);
            return;
        }

        _send.Commit(length, destination);
    }

    private bool TryAdmit(ref MediaSink sink, int slot, int bytes, out uint suffix)
    {
        suffix = 0;
        if (!sink.IsConfirmed && !TryTakeUnconfirmed(_sinks.Session(slot), bytes))
        {
            _context.Drop(PacketDropReason.Unconfirmed);
            return false;
        }

        var hasCounter = sink.Nonces.TryTake(out var counter);
        if (sink.Nonces.IsNearlyUsedUp)
        {
            TellExhaustion(_sinks.Session(slot));
        }

        if (!hasCounter)
        {
            _context.Drop(PacketDropReason.KeyExhausted);
            return false;
        }

        suffix = ServerNonceSuffix.FromCounter(counter);
        return true;
    }

    private bool TryTakeUnconfirmed(MediaSession session, int bytes) =>
        _context.Bindings.Confirm(session) || session.UnconfirmedLimit.TryTake(_context.Limits.UnconfirmedBytes, bytes, _context.Now);

    private void TellExhaustion(MediaSession session)
    {
        if (session.Sealing is { HasToldExhaustion: false } transport)
        {
            transport.HasToldExhaustion = true;
            _context.Tell(new MediaEdge.KeyExhausted(session.Id));
        }
    }
}
