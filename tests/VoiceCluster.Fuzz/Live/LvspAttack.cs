using System.Net.WebSockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Fuzz.Live;

/// <summary>A backend gone mad: half the time it has proven its secret before. It has a realm of its own.</summary>
internal sealed class LvspAttack(Uri url, int seed, string secret, IReadOnlyList<byte[]> corpus) : SocketAttack(url, seed, corpus)
{
    protected override async Task GetInAsync(ClientWebSocket socket, CancellationToken stop)
    {
        if (Random.Next(2) == 0)
        {
            return;
        }

        if (LvspServerMessageReader.TryRead(await ReceiveAsync(socket, stop), out var message) && message is LvspServerMessage.Hello hello)
        {
            await SendAsync(socket, LvspClientMessages.Identify(LvspToken.Compute(secret, hello.Nonce)), stop);
            await ReceiveAsync(socket, stop);
        }
    }
}
