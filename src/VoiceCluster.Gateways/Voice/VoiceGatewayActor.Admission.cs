using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

// How a session begins, and how it goes on over another socket.
internal sealed partial class VoiceGatewayActor
{
    private async ValueTask IdentifyAsync(Identify identify, CancellationToken cancellation)
    {
        var admitted = await AdmitAsync(identify, onlyHere: _isSpliced, cancellation);
        if (admitted.Holder is { } holder)
        {
            if (await TrySpliceAsync(holder, cancellation))
            {
                LetGo();
                return;
            }

            // Another node is no reason to refuse anybody: the session begins anew here, and ends there.
            admitted = await AdmitAsync(identify, onlyHere: true, cancellation);
        }

        if (admitted.Session is not { } session)
        {
            _connection.RejectAuthentication(admitted.Code, admitted.Reason!);
            return;
        }

        _session = session;
        _socket?.Identified();
        GatewaysTelemetry.VoiceSessions.Add(1);
        _services.Turnover.CountBegun();
        _services.Sessions.Begin(new NodeSession(session.ClaimId, session.State, session.Channel, Self()));
        Context.Host.Tell(session.Media.Worker, new BindMediaSession(session.Media.Session, Self()));
        Log.Identified(_services.Logger, Context.Self, session.State, session.Channel, _connection.Version.Number);
        _connection.AcceptIdentify(session.Ready, session.Outbox, Now);
    }

    private async ValueTask<VoiceAdmitted> AdmitAsync(Identify identify, bool onlyHere, CancellationToken cancellation)
    {
        try
        {
            return await _services.Admission.AdmitAsync(identify, _connection.Version, Self(), onlyHere, cancellation);
        }
        catch (AskException error)
        {
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            return VoiceAdmitted.Refused(VoiceCloseCode.VoiceServerCrashed, "The server is busy");
        }
    }

    private async ValueTask ResumeAsync(Resume resume, CancellationToken cancellation)
    {
        try
        {
            if (await TryHandOverAsync(resume, cancellation))
            {
                LetGo();
            }
            else
            {
                _connection.RejectAuthentication(VoiceCloseCode.SessionNoLongerValid, "Unknown session");
            }
        }
        catch (AskException error)
        {
            // Nobody knows whether there is such a session: the client keeps it, and comes again.
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            _connection.RejectAuthentication(VoiceCloseCode.VoiceServerCrashed, "The server is busy");
        }
    }

    private async ValueTask<bool> TryHandOverAsync(Resume resume, CancellationToken cancellation) =>
        await _services.Admission.FindHolderAsync(resume, cancellation) is { } holder
        && (holder.Gateway.Node == Context.Host.Node.Node
            ? await OfferAsync(LocalAddress.Of(holder.Gateway), resume, cancellation)
            : await TrySpliceAsync(holder, cancellation));

    /// <summary>Hands the socket to another node. One that came from another node is not handed on: the session has just moved, and the client finds it anew.</summary>
    private async ValueTask<bool> TrySpliceAsync(VoiceClaim holder, CancellationToken cancellation) =>
        !_isSpliced && await _services.Splicer.TryHandOverAsync(_socket!, _connection, holder, _peer, cancellation);

    /// <summary>Socket and connection have another owner now.</summary>
    private void LetGo()
    {
        _isHandedOver = true;
        _socket = null;
        Context.Stop();
    }

    /// <summary>Offers socket and connection to the session's holder, who has them from its answer on.</summary>
    private async ValueTask<bool> OfferAsync(LocalAddress holder, Resume resume, CancellationToken cancellation)
    {
        try
        {
            var adopt = new AdoptSocket(_socket!, _connection, _peer, resume);
            return (await Context.Host.AskAsync(holder, adopt, AskDeadline, cancellation)).Adopted;
        }
        catch (AskException error) when (error.Failure == AskFailure.Gone)
        {
            return false;
        }
        catch (AskException error) when (error.Failure is AskFailure.Timeout or AskFailure.Faulted)
        {
            // The holder may still take them, or has begun to. Only the socket is safe to touch: the client will come again.
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            _socket!.Close((int)VoiceCloseCode.VoiceServerCrashed, "The server is busy");
            return true;
        }
    }

    /// <summary>Takes a resuming socket over; the old one, if it still hangs on, is replaced.</summary>
    private async ValueTask AdoptAsync(AdoptSocket adopt, CancellationToken cancellation)
    {
        if (_session is not { } session || session.SessionId != adopt.Resume.SessionId)
        {
            Context.Reply(new SocketAdopted(Adopted: false));
            return;
        }

        var isOpen = adopt.Connection.Phase != VoiceConnectionPhase.Closed;
        if (!adopt.Connection.AcceptResume(session.Ready, session.Outbox, adopt.Resume.SequenceAck, session.InCall, Now))
        {
            // The one who offered the socket closes it. A session that cannot be resumed is over, unless its own socket still lives.
            Context.Reply(new SocketAdopted(Adopted: false));
            if (isOpen && _socket is null)
            {
                EndSession(release: true);
            }

            return;
        }

        if (_socket is { } replaced)
        {
            session.OthersWhenDetached = [.. session.Others];
            replaced.Close((int)VoiceCloseCode.SessionNoLongerValid, "Resumed elsewhere");
        }

        TakeSocket(session, adopt);
        _services.Turnover.CountResumed();
        Context.Reply(new SocketAdopted(Adopted: true));
        Context.CancelTimer(nameof(SessionOrphaned));
        EnableNewestKey(session);
        Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.Reattach(session.ClaimId)));
        if (session.InCall && !_connection.Version.SequenceNumbers)
        {
            await CatchUpAsync(session, cancellation);
        }
    }

    /// <summary>
    /// The old socket may have been lost between a description and the word that it was written. Whoever got it has the key; to whoever did not, packets
    /// under it mean nothing.
    /// </summary>
    private void EnableNewestKey(VoiceSession session)
    {
        if (session.InCall)
        {
            Media.EnableSending(session.Media.Session, session.ConfiguredKey);
        }
    }

    private void TakeSocket(VoiceSession session, AdoptSocket adopt)
    {
        _socket = adopt.Socket;
        _connection = adopt.Connection;
        _peer = adopt.Peer;
        _socket.SetOwner((LocalAddress)Context.Self);
        _socket.Identified();
        if (_peer is { } peer)
        {
            Media.ConfirmAddress(session.Media.Session, peer);
        }
    }

    /// <summary>Below version 8 nothing is replayed: the client is told what is different now.</summary>
    private async ValueTask CatchUpAsync(VoiceSession session, CancellationToken cancellation)
    {
        if (await EnterCallAsync(session, cancellation) is not { } others)
        {
            return;
        }

        DeliverDifference(session, session.OthersWhenDetached, speakers: others);
        if (!session.Codecs.IsEmpty)
        {
            _connection.Send(new SessionUpdateEvent(VideoCodec: session.VideoCodec));
        }
    }
}
