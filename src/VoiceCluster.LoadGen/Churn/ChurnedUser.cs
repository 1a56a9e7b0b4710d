using VoiceCluster.Client.Assets;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>One user that joins, connects up to the key for media, and leaves in one of the ways in which users leave.</summary>
internal sealed class ChurnedUser(IChurnBackend backend, ChurnOptions options, ChurnCounts counts, TimeProvider time)
{
    private const int DisconnectedCode = 4014;

    /// <summary>Does it all.</summary>
    /// <param name="visit">Its number decides on whether to connect, on UDP and on the way of leaving.</param>
    /// <exception cref="ClientException">Something did not work.</exception>
    public async Task RunAsync(ChurnVisit visit, CancellationToken cancellation)
    {
        var (number, userId, (channelId, guildId)) = visit;
        var begun = time.Now();
        var state = await backend.JoinAsync(userId, channelId, guildId, cancellation);
        if (number % options.ConnectEvery != 0)
        {
            await backend.LeaveAsync(userId, channelId, guildId, cancellation);
            return;
        }

        await using var client = new VoiceClient(OptionsFor(state, guildId));
        await client.IdentifyAsync(cancellation);
        var usesUdp = options.UdpEvery > 0 && number % options.UdpEvery == 0;
        if (usesUdp)
        {
            await client.DiscoverAsync(cancellation);
        }

        await client.SelectProtocolAsync(cancellation);
        counts.JoinTimes.Record(time.Now() - begun);
        if (usesUdp)
        {
            await client.SpeakAsync(SpeakingFlags.Voice, cancellation);
            client.SendFrame(SpeechAsset.Frames[number % SpeechAsset.Frames.Length].Span);
        }

        await LeaveAsync(number, client, state, guildId, cancellation);
    }

    /// <summary>Leaves.</summary>
    /// <remarks>By turns the backend tells first and the server closes; the client closes first; the network breaks first.</remarks>
    private async Task LeaveAsync(int number, VoiceClient client, VoiceStateDone state, Snowflake guildId, CancellationToken cancellation)
    {
        switch (number / options.ConnectEvery % 3)
        {
            case 0:
                await backend.LeaveAsync(state.UserId, state.ChannelId, guildId, cancellation);
                await ExpectCloseAsync(client, cancellation);
                break;
            case 1:
                await client.DisposeAsync();
                await backend.LeaveAsync(state.UserId, state.ChannelId, guildId, cancellation);
                break;
            default:
                await client.DropAsync();
                await backend.LeaveAsync(state.UserId, state.ChannelId, guildId, cancellation);
                break;
        }
    }

    private async Task ExpectCloseAsync(VoiceClient client, CancellationToken cancellation)
    {
        var end = await client.Ended.WithinAsync(Deadline.Default, time, $"user {client.UserId}", "being disconnected after the leave", cancellation);
        if (end.Code != DisconnectedCode)
        {
            throw new UnexpectedAnswerException($"After a leave a user was closed with {end.Code?.ToString() ?? "no code"} instead of {DisconnectedCode}.");
        }
    }

    private VoiceClientOptions OptionsFor(VoiceStateDone state, Snowflake guildId) => new()
    {
        Url = options.VoiceUrl(state.Endpoint),
        UserId = state.UserId,
        ServerId = guildId,
        ChannelId = state.ChannelId,
        SessionId = state.SessionId,
        Token = state.Token,
        Trust = options.Trust,
    };
}
