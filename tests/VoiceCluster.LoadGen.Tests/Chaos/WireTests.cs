using System.Net;
using System.Net.Sockets;
using VoiceCluster.LoadGen.Chaos.Wires;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class WireTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void Loss_is_as_frequent_as_it_should_be()
    {
        var random = new Random(1);
        var impairment = new Impairment { LossPerMille = 50 };
        Enumerable.Range(0, 100_000).Count(_ => impairment.Decide(random) is null).ShouldBeInRange(4_500, 5_500);
    }

    [Fact]
    public void A_delay_lies_between_its_least_and_its_most()
    {
        var random = new Random(1);
        var impairment = new Impairment { Delay = TimeSpan.FromMilliseconds(30), Jitter = TimeSpan.FromMilliseconds(20) };
        var delays = Enumerable.Range(0, 1000).Select(_ => impairment.Decide(random)!.Value.TotalMilliseconds).ToList();
        delays.Min().ShouldBeInRange(30, 32);
        delays.Max().ShouldBeInRange(48, 50);
    }

    [Fact]
    public void A_cut_lets_nothing_through() => Impairment.Cut.Decide(new Random(1)).ShouldBeNull();

    [Fact]
    public void A_direction_is_set_without_the_other()
    {
        var conditions = new LinkConditions(3);
        conditions.SetWhere((from, _) => from == 1, Impairment.Cut);
        (conditions[1, 0].IsCut, conditions[1, 2].IsCut, conditions[0, 1].IsCut).ShouldBe((true, true, false));
        conditions.Mend();
        conditions[1, 0].IsCut.ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_waits_while_it_is_cut_and_goes_on_when_it_is_mended()
    {
        var impairment = Impairment.None;
        using var echo = new TcpListener(IPAddress.Loopback, 0);
        echo.Start();
        await using var wire = new TcpAcceptor(
            new IPEndPoint(IPAddress.Loopback, 0),
            (socket, stopped) => new TcpPipe(socket, () => Volatile.Read(ref impairment), () => Impairment.None).RunAsync((IPEndPoint)echo.LocalEndpoint, stopped));
        using var client = new TcpClient();
        await client.ConnectAsync(wire.Endpoint);
        using var server = await echo.AcceptTcpClientAsync().WaitAsync(Deadline);

        await client.GetStream().WriteAsync("a"u8.ToArray());
        (await ReadAsync(server)).ShouldBe((byte)'a');

        Volatile.Write(ref impairment, Impairment.Cut);
        await client.GetStream().WriteAsync("b"u8.ToArray());
        var waiting = ReadAsync(server);
        await server.GetStream().WriteAsync("c"u8.ToArray());
        (await ReadAsync(client)).ShouldBe((byte)'c');
        waiting.IsCompleted.ShouldBeFalse();

        Volatile.Write(ref impairment, Impairment.None);
        (await waiting).ShouldBe((byte)'b');
    }

    [Fact]
    public void A_connection_is_known_by_its_process()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using var accepted = listener.AcceptSocket();
        SocketOwners.Find((IPEndPoint)accepted.RemoteEndPoint!, [0, Environment.ProcessId]).ShouldBe(1);
        SocketOwners.Find((IPEndPoint)accepted.RemoteEndPoint!, [0]).ShouldBe(-1);
    }

    [Fact]
    public async Task A_users_datagrams_get_through_both_ways_and_not_through_a_cut()
    {
        var impairment = Impairment.None;
        using var asked = new SemaphoreSlim(0);
        using var node = Bound();
        using var user = Bound();
        using var wire = new UserWire(
            (IPEndPoint)node.LocalEndPoint!,
            () =>
            {
                var now = Volatile.Read(ref impairment);
                asked.Release();
                return now;
            },
            seed: 1);

        user.SendTo([1], wire.Entrance);
        var (back, first) = await ReceiveAsync(node);
        node.SendTo([2], back);
        (first, (await ReceiveAsync(user)).First).ShouldBe(((byte)1, (byte)2));
        (await asked.WaitAsync(Deadline) && await asked.WaitAsync(Deadline)).ShouldBeTrue();

        Volatile.Write(ref impairment, Impairment.Cut);
        user.SendTo([3], wire.Entrance);
        (await asked.WaitAsync(Deadline)).ShouldBeTrue();
        Volatile.Write(ref impairment, Impairment.None);
        user.SendTo([4], wire.Entrance);
        (await ReceiveAsync(node)).First.ShouldBe((byte)4);
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static async Task<(EndPoint From, byte First)> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[16];
        var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(Deadline);
        return (received.RemoteEndPoint, buffer[0]);
    }

    private static async Task<byte> ReadAsync(TcpClient client)
    {
        var buffer = new byte[1];
        await client.GetStream().ReadExactlyAsync(buffer).AsTask().WaitAsync(Deadline);
        return buffer[0];
    }
}
