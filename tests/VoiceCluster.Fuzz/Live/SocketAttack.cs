using System.Net.WebSockets;

namespace VoiceCluster.Fuzz.Live;

/// <summary>Opens WebSockets over and over and sends spoiled messages on each until the server has had enough.</summary>
internal abstract class SocketAttack(Uri url, int seed, IReadOnlyList<byte[]> corpus)
{
    private const int MessagesPerSocket = 40;

    private readonly Mutator _mutator = new(new Random(seed), corpus);

    /// <summary>Messages sent so far.</summary>
    public long Sent { get; private set; }

    protected Random Random { get; } = new(seed + 1);

    /// <summary>Attacks until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            try
            {
                await socket.ConnectAsync(Address(url), stop);
                await GetInAsync(socket, stop);
                await SpoilAsync(socket, stop);
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or InvalidOperationException)
            {
                // Being cut is what an attacker expects.
            }
        }
    }

    /// <summary>Where to connect this time.</summary>
    protected virtual Uri Address(Uri address) => address;

    /// <summary>Gets as far as this attacker wants before it sends nonsense.</summary>
    protected abstract Task GetInAsync(ClientWebSocket socket, CancellationToken stop);

    protected static ValueTask SendAsync(ClientWebSocket socket, ReadOnlyMemory<byte> text, CancellationToken stop) =>
        socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, stop);

    protected static async Task<byte[]> ReceiveAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        var received = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
        return buffer[..received.Count];
    }

    private async Task SpoilAsync(ClientWebSocket socket, CancellationToken stop)
    {
        for (var i = 0; i < MessagesPerSocket && socket.State == WebSocketState.Open; i++)
        {
            var kind = Random.Next(20) == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
            await socket.SendAsync(_mutator.Next().AsMemory(), kind, endOfMessage: Random.Next(30) != 0, stop);
            Sent++;
        }

        if (Random.Next(2) == 0)
        {
            socket.Abort();
        }
    }
}
