namespace VoiceCluster.Udp.Tests;

public sealed class LinuxReceiveOverflowTests
{
    [Fact]
    public void Datagrams_beyond_the_receive_buffer_are_counted()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var options = new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F000001, 0), ReceiveBufferBytes = 4096 };
        using var socket = DatagramSockets.Open(options, DatagramSocketKind.Linux);
        using var sender = DatagramSockets.Open(options, DatagramSocketKind.Linux);
        using var send = new SendBatch();
        using var received = new ReceiveBatch();
        for (var i = 0; i < send.Capacity; i++)
        {
            send.NextSlot()[0] = 1;
            send.Commit(1000, socket.LocalEndpoint);
        }

        sender.Send(send);
        var taken = socket.Receive(received);

        // The kernel reports the total with the first datagram that it queues after the loss.
        send.NextSlot()[0] = 1;
        send.Commit(1, socket.LocalEndpoint);
        sender.Send(send);
        socket.Receive(received).ShouldBe(1);
        socket.Counters.ReceiveOverflows.ShouldBe(send.Capacity - taken);
    }
}
