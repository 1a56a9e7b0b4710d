using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class UserSocketTests
{
    private const int Payload = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Users_have_addresses_of_their_own_on_one_socket()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var port = FreePorts.Take();
        using var socket = new UserSocket(port);
        using var slots = new DatagramSlots(4);
        slots.Slot(0)[0] = 7;
        slots.Commit(1, UserSocket.AddressOf(3), new Ipv4Endpoint(UserSocket.AddressOf(9), (ushort)port));
        socket.Send(slots).ShouldBe(1);
        socket.Receive(slots, Limit).ShouldBe(1);
        slots.Datagram(0).ToArray().ShouldBe([7]);
        UserSocket.UserOf(slots.ReceivedAtAddress(0)).ShouldBe(9);
        slots.ReceivedAtTime(0).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_speaker_is_heard_by_a_listener_with_the_same_key_and_by_no_other()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var port = FreePorts.Take();
        var key = FloorForwarder.KeyOf(0);
        using var socket = new UserSocket(port);
        using var speaker = new SealedSpeaker(
            0, new Ssrc(1000), TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, key), new Ipv4Endpoint(UserSocket.AddressOf(1), (ushort)port), Payload);
        using var cipher = TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, key);
        using var other = TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, FloorForwarder.KeyOf(1));
        using var slots = new DatagramSlots(2);
        using var reader = new CopyReader(socket, users: 2, user => user == 1 ? cipher : other, Payload);
        speaker.WriteNext(slots, MachineClock.UnixNanoseconds());
        socket.Send(slots);
        SpinWait.SpinUntil(() => reader.Right == 1, Limit).ShouldBeTrue();
        reader.RightOf(1).ShouldBe(1);

        slots.Slot(0)[..Payload].Clear();
        slots.Commit(Payload, UserSocket.AddressOf(0), new Ipv4Endpoint(UserSocket.AddressOf(0), (ushort)port));
        socket.Send(slots);
        SpinWait.SpinUntil(() => reader.Wrong == 1, Limit).ShouldBeTrue();
    }
}
