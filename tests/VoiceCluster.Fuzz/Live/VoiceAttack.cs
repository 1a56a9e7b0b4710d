using System.Net.WebSockets;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Fuzz.Targets;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Live;

/// <summary>A voice client gone mad: half the time it has identified as a real user before.</summary>
internal sealed class VoiceAttack(Uri url, int seed, LvspClient backend, Snowflake user, Snowflake channel)
    : SocketAttack(url, seed, [.. VoiceCorpus.ClientMessages.Select(message => VoiceClientFrames.Write(new VoiceGatewayVersion(8), message))])
{
    private VoiceGatewayVersion _version = new(8);

    /// <summary>The last source that was assigned, for attackers on UDP to use.</summary>
    public Ssrc Source { get; private set; }

    protected override Uri Address(Uri address)
    {
        _version = new VoiceGatewayVersion(Random.Next(VoiceGatewayVersion.Oldest, VoiceGatewayVersion.Newest + 1));
        return new Uri(address, $"/?v={_version.Number}");
    }

    protected override async Task GetInAsync(ClientWebSocket socket, CancellationToken stop)
    {
        if (Random.Next(2) == 0)
        {
            return;
        }

        var joined = await backend.JoinAsync(user, channel, guildId: null, stop);
        var identify = new Identify(channel, user, joined.SessionId, joined.Token);
        await ReceiveAsync(socket, stop);
        await SendAsync(socket, VoiceClientFrames.Write(_version, identify), stop);
        if (VoiceServerMessage.TryParse(await ReceiveAsync(socket, stop), _version, out var message) == VoiceDecodeError.None
            && message is VoiceServerMessage.Ready { Value: var ready })
        {
            Source = ready.Ssrc;
        }
    }
}
