using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>Carries one TCP connection on to another address, and does to each direction what its impairment says.</summary>
/// <remarks>
/// A cut direction is silent: what was sent waits, as in the sender's kernel, and goes on when the cut is mended. A reset at one end is one at the other.
/// </remarks>
/// <param name="from">The connection that was accepted; owned from now on.</param>
/// <param name="forth">What happens to what the accepted side sends.</param>
/// <param name="back">What happens to what the other side sends.</param>
internal sealed class TcpPipe(Socket from, Func<Impairment> forth, Func<Impairment> back)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly Socket _to = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Carries until either side ends.</summary>
    public async Task RunAsync(IPEndPoint target, CancellationToken cancellation)
    {
        try
        {
            await WhileCutAsync(forth, cancellation);
            await _to.ConnectAsync(target, cancellation);
            from.NoDelay = true;
            await Task.WhenAll(CopyAsync(from, _to, forth, cancellation), CopyAsync(_to, from, back, cancellation));
        }
        catch (Exception exception) when (IsEnd(exception))
        {
        }

        Reset();
    }

    /// <summary>Breaks both connections.</summary>
    public void Reset()
    {
        Reset(from);
        Reset(_to);
    }

    private async Task CopyAsync(Socket source, Socket sink, Func<Impairment> impairment, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await source.ReceiveAsync(buffer.AsMemory(), cancellation) is > 0 and var length)
            {
                await WhileCutAsync(impairment, cancellation);
                if (impairment().Delay is var delay && delay > TimeSpan.Zero)
                {
                    await Task.Delay(delay, cancellation);
                }

                for (var sent = 0; sent < length;)
                {
                    sent += await sink.SendAsync(buffer.AsMemory(sent, length - sent), cancellation);
                }
            }

            await WhileCutAsync(impairment, cancellation);
            sink.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            await TellOnceMendedAsync(impairment, cancellation);
        }
    }

    /// <summary>An end does not get through a cut any more than bytes do.</summary>
    private async Task TellOnceMendedAsync(Func<Impairment> impairment, CancellationToken cancellation)
    {
        try
        {
            await WhileCutAsync(impairment, cancellation);
        }
        catch (OperationCanceledException)
        {
        }

        Reset();
    }

    private static async Task WhileCutAsync(Func<Impairment> impairment, CancellationToken cancellation)
    {
        while (impairment().IsCut)
        {
            await Task.Delay(Step, cancellation);
        }
    }

    private static bool IsEnd(Exception exception) => exception is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It was never connected, or has ended.
        }

        socket.Dispose();
    }
}
