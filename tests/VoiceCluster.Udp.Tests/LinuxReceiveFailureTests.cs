using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests;

public sealed partial class LinuxReceiveFailureTests
{
    [Fact]
    public void A_socket_that_does_nothing_but_fail_says_so_and_a_moment_passes_between_the_failures()
    {
        if (!LinuxDatagramSocket.IsSupported)
        {
            return;
        }

        using var socket = new LinuxDatagramSocket(new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F000001, 0) });
        using var batch = new ReceiveBatch();
        using var file = File.OpenHandle("/dev/null");
        Duplicate((int)file.DangerousGetHandle(), socket.Descriptor).ShouldBe(socket.Descriptor);

        var calls = 0;
        Should.Throw<IOException>(() =>
        {
            for (; calls < 1000; calls++)
            {
                socket.Receive(batch).ShouldBe(0);
            }
        }).Message.ShouldContain("receive");

        calls.ShouldBe(99);
        socket.Counters.ReceiveFailures.ShouldBe(100);
    }

    [Fact]
    public void The_receive_buffer_that_was_granted_is_told()
    {
        if (!LinuxDatagramSocket.IsSupported)
        {
            return;
        }

        Granted(8192).ShouldBe(8192);
        Granted(1 << 30).ShouldBeInRange(8192, 1 << 30);
    }

    private static int Granted(int wanted)
    {
        using var socket = new LinuxDatagramSocket(new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F000001, 0), ReceiveBufferBytes = wanted });
        return socket.ReceiveBufferBytes;
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
