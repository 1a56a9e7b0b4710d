using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>Looks into channels as a user does: whom a newcomer is told of.</summary>
internal sealed class ChannelProbe(ChurnLinks links, ChurnOptions options)
{
    // What a newcomer is told comes right behind the key; this is longer than any of it takes.
    private static readonly TimeSpan Listening = TimeSpan.FromMilliseconds(300);

    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 61, 1L << 62);
    private int _users;

    /// <summary>Users who are in channels where nobody should be.</summary>
    /// <exception cref="ClientException">A channel cannot be entered.</exception>
    public async Task<int> CountOthersAsync(IEnumerable<ChurnedChannel> channels, CancellationToken cancellation)
    {
        var others = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(channels, parallel, async (channel, stop) => Interlocked.Add(ref others, await CountOthersAsync(channel, stop)));
        return others;
    }

    private async Task<int> CountOthersAsync(ChurnedChannel channel, CancellationToken cancellation)
    {
        var number = Interlocked.Increment(ref _users);
        var user = new Snowflake(_firstId + (ulong)number);
        var link = links.For(number);
        var state = await link.JoinAsync(user, channel.Channel, channel.Guild, cancellation);
        await using var client = new VoiceClient(new VoiceClientOptions
        {
            Url = options.VoiceUrl(state.Endpoint),
            UserId = user,
            ServerId = channel.Guild,
            ChannelId = channel.Channel,
            SessionId = state.SessionId,
            Token = state.Token,
            Trust = options.Trust,
        });
        await client.IdentifyAsync(cancellation);
        await client.SelectProtocolAsync(cancellation);
        await Task.Delay(Listening, cancellation);
        var others = client.Roster.Users.Count;
        await link.LeaveAsync(user, channel.Channel, channel.Guild, cancellation);
        return others;
    }
}
