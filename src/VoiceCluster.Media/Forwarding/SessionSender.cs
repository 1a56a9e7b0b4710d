using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Seals packets for one session at a time, straight into the slots that they are sent from.</summary>
internal sealed class SessionSender(WorkerContext context)
{
    private readonly WorkerContext _context = context;

    /// <summary>Tells whether a session can be sent anything at all, and under which key.</summary>
    public static bool IsReady(MediaSession session, out SessionTransport transport)
    {
        transport = session.Transport!;
        return transport is not null && session.IsSendingEnabled && !session.Binding.Endpoint.IsNone;
    }

    /// <summary>Sends RTP; the header is rewritten for the session already.</summary>
    public void SendRtp(MediaSession session, SessionTransport transport, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (!TryAdmit(session, transport, header.Length + body.Length, out var suffix))
        {
            return;
        }

        var length = transport.Cipher.SealRtp(header, body, suffix, _context.Send.NextSlot());
        Commit(session, length);
    }

    /// <summary>Sends a whole RTCP packet to a session that <see cref="SessionTransport.TakesReports"/>.</summary>
    public void SendRtcp(MediaSession session, SessionTransport transport, ReadOnlySpan<byte> plain)
    {
        if (!TryAdmit(session, transport, plain.Length, out var suffix))
        {
            return;
        }

        var length = transport.Cipher.SealRtcp(plain, suffix, _context.Send.NextSlot());
        Commit(session, length);
    }

    private void Commit(MediaSession session, int length)
    {
        if (length == 0)
        {
            _context.Drop(PacketDropReason.NotSealed);
            return;
        }

        _context.Send.Commit(length, session.Binding.Endpoint);
    }

    private bool TryAdmit(MediaSession session, SessionTransport transport, int plainLength, out uint suffix)
    {
        suffix = 0;
        if (!session.Binding.IsConfirmed && !TryTakeUnconfirmed(session, plainLength + transport.Cipher.Overhead))
        {
            _context.Drop(PacketDropReason.Unconfirmed);
            return false;
        }

        var hasCounter = transport.Nonces.TryTake(out var counter);
        if (transport.Nonces.IsNearlyUsedUp && !transport.HasToldExhaustion)
        {
            transport.HasToldExhaustion = true;
            _context.Tell(new MediaEdge.KeyExhausted(session.Id));
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
}
