using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Voice;

// What the user does in the call, and what the user is told of the others.
internal sealed partial class VoiceGatewayActor
{
    private void ReceiveForSession(IActorMessage message)
    {
        if (_session is not { } session)
        {
            return;
        }

        switch (message)
        {
            case ParticipantEntered { Session: var other } when session.InCall && session.Others.Add(other.UserId):
                TellEntered(session, other);
                break;
            case ParticipantLeft left when session.Others.Remove(left.UserId):
                Deliver(session, new ClientDisconnectEvent(left.UserId));
                break;
            case ParticipantSpeaking speaking when session.InCall:
                Deliver(session, new SpeakingEvent(speaking.UserId, speaking.Ssrc, speaking.Speaking));
                break;
            case ParticipantVideo { Session: var other } when session.InCall:
                Deliver(session, VideoOf(other));
                break;
            case SourceStarted started when started.Ssrc == session.Media.Ssrc && session.Speaking == SpeakingFlags.None:
                session.Speaking = SpeakingFlags.Voice;
                TellChannel(session, new VoiceChannelCommand.AnnounceSource(session.ClaimId));
                break;
            case SourceHeard heard when heard.Ssrc == session.Media.Ssrc && session.Speaking != SpeakingFlags.None:
                TellChannel(session, new VoiceChannelCommand.SetSpeaking(session.ClaimId, heard.IsHeard ? session.Speaking : SpeakingFlags.None));
                break;
            case ParticipantsSummary summary when summary.ClaimId == session.ClaimId && session.InCall:
                CompareParticipants(session, summary.Others);
                break;
            case ParticipantsListed listed when listed.ClaimId == session.ClaimId && session.InCall:
                CorrectParticipants(session, listed.Others);
                break;
            case AnnounceSession announce when announce.ClaimId == session.ClaimId:
                TellChannel(session, new VoiceChannelCommand.AttachSession(session.ToChannelSession(Self())));
                break;
            case ReportSession report when report.ClaimId == session.ClaimId:
                Context.Host.Tell(new ReportClaim(session.State, session.ClaimId, Self(), IsAttached: _socket is not null));
                break;
            case VideoCodecChosen chosen when chosen.ClaimId == session.ClaimId && chosen.Codec != session.VideoCodec:
                session.VideoCodec = chosen.Codec;
                Deliver(session, new SessionUpdateEvent(VideoCodec: chosen.Codec));
                break;
            case EndClaim end when end.ClaimId == session.ClaimId:
                CloseAndEnd(end.Reason);
                break;
            case KeyExhausted:
                CloseAndEnd(VoiceCloseCode.SessionNoLongerValid, "A new key is needed", release: true);
                break;
            case SessionOrphaned:
                CloseAndEnd(VoiceCloseCode.SessionNoLongerValid, "The session is over", release: true);
                break;
        }
    }

    private void TellEntered(VoiceSession session, ChannelSession other)
    {
        Deliver(session, new ClientsConnectEvent([other.UserId]));
        if (LearnsSourcesFromVideo)
        {
            Deliver(session, VideoOf(other));
        }
    }

    private void PerformForSession(VoiceOutput output)
    {
        if (_session is not { } session)
        {
            return;
        }

        switch (output)
        {
            case VoiceOutput.SpeakingReceived { Speaking.Flags: var flags }:
                session.Speaking = flags == SpeakingFlags.None ? session.Speaking : flags;
                TellChannel(session, new VoiceChannelCommand.SetSpeaking(session.ClaimId, flags));
                break;
            case VoiceOutput.VideoReceived received when received.Video.VideoSsrc.Value != 0 || session.Video is not null:
                session.Video = session.Assign(received.Video);
                TellChannel(session, new VoiceChannelCommand.SetVideo(session.ClaimId, session.Video));
                break;
            case VoiceOutput.MediaSinkWantsReceived { Wants: var wants }:
                Media.SetSinkWants(
                    session.Media.Session,
                    wants.Any ?? 100,
                    wants.Sources.DistinctBy(source => source.Ssrc).ToImmutableDictionary(source => source.Ssrc, source => source.Quality));
                break;
            case VoiceOutput.SessionUpdateReceived { Update: var update }:
                Media.SetCodecs(session.Media.Session, CodecsOf(update.Codecs));
                TellCodecs(session, update.Codecs);
                break;
            case VoiceOutput.NoRouteReceived:
                Log.NoRoute(_services.Logger, Context.Self, session.Media.Address, session.Media.Port);
                break;
        }
    }

    private async ValueTask DescribeAsync(VoiceSession session, VoiceOutput.SelectProtocolReceived selected, CancellationToken cancellation)
    {
        var key = RandomNumberGenerator.GetBytes(VoiceSessionDescription.SecretKeyLength);
        try
        {
            await DescribeAsync(session, selected, key, cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private async ValueTask DescribeAsync(
        VoiceSession session,
        VoiceOutput.SelectProtocolReceived selected,
        byte[] key,
        CancellationToken cancellation)
    {
        var codecs = CodecsOf(selected.SelectProtocol.Codecs);
        session.ConfiguredKey = Media.ConfigureTransport(session.Media.Session, new MediaTransport(selected.Mode, key, codecs));
        ConfirmAddresses(session, selected.SelectProtocol);
        ImmutableArray<ChannelSession> others = [];
        if (session.InCall)
        {
            TellCodecs(session, selected.SelectProtocol.Codecs);
        }
        else
        {
            session.Codecs = selected.SelectProtocol.Codecs;
            if (await EnterCallAsync(session, cancellation) is not { } entered)
            {
                return;
            }

            others = entered;
            session.InCall = true;
            Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.ClaimReady(session.ClaimId)));
            _connection.Send(new MediaSinkWantsEvent(new MediaSinkWants(100)));
            DeliverEntered(session, session.Others);
        }

        var description = new VoiceSessionDescription(selected.Mode, key.ToValueArray(), Convert.ToHexStringLower(session.ClaimId.ToByteArray()));
        _connection.SendSessionDescription(description with { VideoCodec = session.VideoCodec });
        DeliverSpeakers(session, others);
        await DrainAsync(cancellation);

        // Nothing may reach the client before its session description: many take the first datagram for the discovery answer.
        var configured = session.ConfiguredKey;
        _socket?.TryNotify(() => Media.EnableSending(session.Media.Session, configured));
    }

    /// <summary>Enters the call, or only asks who is in it; without an answer the session ends so that the client starts over.</summary>
    private async ValueTask<ImmutableArray<ChannelSession>?> EnterCallAsync(VoiceSession session, CancellationToken cancellation)
    {
        try
        {
            var enter = new VoiceChannelRequest(session.Channel, new VoiceChannelCommand.EnterCall(session.ClaimId, session.Codecs));
            var reply = await Context.Host.AskChannelAsync(enter, AskDeadline, cancellation);
            session.VideoCodec = reply.VideoCodec;
            session.KnowOthers(reply.Others);
            return reply.Others;
        }
        catch (AskException error)
        {
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            CloseAndEnd(VoiceCloseCode.VoiceServerCrashed, "The server is busy", release: true);
            return null;
        }
    }

    private void TellCodecs(VoiceSession session, ValueArray<VoiceCodec> codecs)
    {
        session.Codecs = codecs;
        TellChannel(session, new VoiceChannelCommand.SetCodecs(session.ClaimId, codecs));
    }

    private void ConfirmAddresses(VoiceSession session, SelectProtocol selected)
    {
        if (selected.Address is { } text && IPAddress.TryParse(text, out var claimed))
        {
            Media.ConfirmAddress(session.Media.Session, claimed);
        }

        if (_peer is { } peer)
        {
            Media.ConfirmAddress(session.Media.Session, peer);
        }
    }

    /// <summary>Sends now, or keeps for a resume.</summary>
    private void Deliver(VoiceSession session, VoiceEvent voiceEvent)
    {
        if (_socket is null)
        {
            session.Outbox.Append(voiceEvent);
        }
        else
        {
            _connection.Send(voiceEvent);
        }
    }

    private void TellChannel(VoiceSession session, VoiceChannelCommand command) =>
        Context.Host.Tell(new VoiceChannelRequest(session.Channel, command));

    private static VideoEvent VideoOf(ChannelSession session) => new(
        session.UserId,
        session.Ssrc,
        session.Video?.VideoSsrc ?? default,
        session.Video?.Streams ?? default);

    private static ImmutableArray<MediaCodec> CodecsOf(ValueArray<VoiceCodec> codecs) =>
        [.. codecs.Select(codec => new MediaCodec(codec.Name, codec.Type == "video", codec.PayloadType, codec.RtxPayloadType))];
}
