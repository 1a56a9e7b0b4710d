using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Discovery;

public sealed class AddressBindingTests : IDisposable
{
    private readonly MediaBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Before_the_description_the_latest_discovery_binds()
    {
        var client = _bed.Connect();
        var elsewhere = _bed.NewEndpoint();

        _bed.Deliver(client, client.Discovery());
        _bed.Deliver(elsewhere, client.Discovery());

        Endpoint(client).ShouldBe(elsewhere);
        _bed.Session(client).Binding.IsConfirmed.ShouldBeFalse();
    }

    [Fact]
    public void A_strangers_discovery_does_not_displace_a_confirmed_address()
    {
        var client = _bed.Connect();
        _bed.Deliver(client, client.Discovery());
        _bed.Confirm(client);

        _bed.Deliver(_bed.NewEndpoint(), client.Discovery());

        Endpoint(client).ShouldBe(client.Endpoint);
    }

    [Fact]
    public void Confirmation_finds_the_address_that_a_stranger_had_displaced()
    {
        var (client, listener) = (_bed.Connect(), _bed.Join());
        _bed.Deliver(client, client.Discovery());
        var stranger = _bed.NewEndpoint();
        _bed.Deliver(stranger, client.Discovery());

        var key = _bed.Configure(client);
        _bed.Confirm(client);
        _bed.Sessions.Enable(_bed.Session(client), key);
        _bed.Plan(client, listener);
        _bed.Socket.Sent.Clear();
        _bed.Speak(listener);

        _bed.TakeSent(stranger).ShouldBeEmpty();
        _bed.Heard(client).Count.ShouldBe(1);
    }

    [Fact]
    public void After_the_description_discovery_changes_the_port_once_a_second_and_never_the_address()
    {
        var client = _bed.Join();
        var otherPort = client.Endpoint with { Port = 1234 };

        _bed.Deliver(_bed.NewEndpoint(), client.Discovery());
        Endpoint(client).ShouldBe(client.Endpoint);

        _bed.Deliver(otherPort, client.Discovery());
        Endpoint(client).ShouldBe(otherPort);

        _bed.Now += TimeSpan.FromMilliseconds(900);
        _bed.Deliver(client, client.Discovery());
        Endpoint(client).ShouldBe(otherPort);

        _bed.Now += TimeSpan.FromMilliseconds(200);
        _bed.Deliver(client, client.Discovery());
        Endpoint(client).ShouldBe(client.Endpoint);
    }

    [Fact]
    public void A_session_without_an_address_is_bound_late_only_where_control_heard_of_it()
    {
        var client = _bed.Connect();
        _bed.Sessions.Enable(_bed.Session(client), _bed.Configure(client));

        _bed.Deliver(client, client.Discovery());
        Endpoint(client).IsNone.ShouldBeTrue();

        _bed.Confirm(client);
        _bed.Deliver(client, client.Discovery());
        Endpoint(client).ShouldBe(client.Endpoint);
    }

    [Fact]
    public void An_authentic_newer_packet_moves_the_address_at_once()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker, 3);
        var before = speaker.Endpoint;
        speaker.Endpoint = _bed.NewEndpoint();

        _bed.Speak(speaker);
        _bed.Speak(listener);

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Heard(speaker).Count.ShouldBe(1);
        _bed.TakeSent(before).ShouldBeEmpty();
    }

    [Fact]
    public void A_late_packet_from_the_old_address_does_not_move_it_back()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker, 3);
        var old = speaker.Endpoint;
        var late = speaker.Voice(9);
        speaker.Endpoint = _bed.NewEndpoint();
        _bed.Speak(speaker);

        _bed.Deliver(old, late);

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Heard(listener).Count.ShouldBe(5);
    }

    [Fact]
    public void A_replayed_packet_moves_nothing()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        var packet = speaker.Voice(1);
        _bed.Deliver(speaker, packet.ToArray());

        _bed.Deliver(_bed.NewEndpoint(), packet);

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Dropped(PacketDropReason.Duplicate).ShouldBe(1);
        _bed.Heard(listener).Count.ShouldBe(1);
    }

    [Fact]
    public void A_forged_flood_binds_nothing_and_leaves_the_victims_voice_alone()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker, 2);
        var forger = _bed.NewEndpoint();
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                var forged = speaker.Voice(1);
                speaker.Sequence--;
                random.NextBytes(forged.AsSpan(12));
                _bed.Arrive(forger with { Port = (ushort)(i + 1) }, forged);
            }

            _bed.Speak(speaker);
        }

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Heard(listener).Count.ShouldBe(52);
        _bed.Dropped(PacketDropReason.StrangerRate).ShouldBeGreaterThan(0);
        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBeInRange(1, 100);
        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void An_address_whose_packets_do_not_open_is_not_tried_any_more()
    {
        using var bed = new MediaBed(new MediaOptions { FailedOpensPerSecond = 5, StrangerPacketsPerSecond = 1000 });
        var (speaker, listener) = (bed.Join(), bed.Join());
        bed.Plan(speaker, listener);
        var forger = bed.NewEndpoint();
        for (var i = 0; i < 20; i++)
        {
            var forged = speaker.Voice(1);
            forged[^1] ^= 0xFF;
            bed.Deliver(forger with { Port = (ushort)(i + 1) }, forged);
        }

        bed.Dropped(PacketDropReason.NotAuthentic).ShouldBe(5);
        bed.Dropped(PacketDropReason.FailedOpenLimit).ShouldBe(15);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sender_who_starts_over_moves_his_address_when_his_nonces_go_on(bool countsLittleEndian)
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        speaker.CountsLittleEndian = countsLittleEndian;
        _bed.Plan(speaker, listener);
        speaker.Sequence = 20_000;
        _bed.Speak(speaker, 40);
        speaker.Endpoint = _bed.NewEndpoint();
        speaker.Sequence = 5;

        _bed.Speak(speaker, 2);

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
    }

    [Fact]
    public void Recorded_packets_that_look_like_starting_over_do_not_move_the_address()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        var recorded = new[] { speaker.Voice(1), speaker.Voice(2) };
        speaker.Sequence = 10_000;
        _bed.Speak(speaker, 40);

        foreach (var packet in recorded)
        {
            _bed.Deliver(_bed.NewEndpoint(), packet);
        }

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
    }

    [Theory]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305Lite)]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize)]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305Suffix)]
    public void A_recorded_packet_under_a_new_number_is_a_replay(TransportEncryptionMode mode)
    {
        var (speaker, listener) = (_bed.Join(mode), _bed.Join());
        _bed.Plan(speaker, listener);
        var recorded = speaker.Voice(1);
        _bed.Deliver(speaker, recorded.ToArray());
        _bed.Speak(speaker, 20);
        _bed.Heard(listener).Count.ShouldBe(21);

        for (var i = 0; i < 3; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(recorded.AsSpan(2), (ushort)(speaker.Sequence + i));
            _bed.Deliver(_bed.NewEndpoint(), recorded.ToArray());
        }

        _bed.Heard(listener).ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.Duplicate).ShouldBe(3);
        Endpoint(speaker).ShouldBe(speaker.Endpoint);
    }

    [Theory]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305Lite)]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize)]
    public void A_counted_nonce_is_a_replay_also_when_it_has_been_forgotten(TransportEncryptionMode mode)
    {
        var (speaker, listener) = (_bed.Join(mode), _bed.Join());
        _bed.Plan(speaker, listener);
        var recorded = speaker.Voice(1);
        _bed.Deliver(speaker, recorded.ToArray());
        _bed.Speak(speaker, 1100);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(recorded.AsSpan(2), speaker.Sequence);

        _bed.Deliver(speaker, recorded);

        _bed.Dropped(PacketDropReason.Duplicate).ShouldBe(1);
        _bed.Heard(listener).Count.ShouldBe(1101);
    }

    [Fact]
    public void A_packet_whose_age_cannot_be_proven_moves_the_port_or_to_an_address_that_the_client_named()
    {
        var (speaker, listener) = (_bed.Join(TransportEncryptionMode.XSalsa20Poly1305Suffix), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker);
        var home = speaker.Endpoint;

        speaker.Endpoint = _bed.NewEndpoint();
        _bed.Speak(speaker);
        Endpoint(speaker).ShouldBe(home);
        _bed.Heard(listener).Count.ShouldBe(2);

        speaker.Endpoint = home with { Port = 7 };
        _bed.Speak(speaker);
        Endpoint(speaker).ShouldBe(speaker.Endpoint);

        speaker.Endpoint = _bed.NewEndpoint();
        _bed.Confirm(speaker);
        _bed.Speak(speaker);
        Endpoint(speaker).ShouldBe(speaker.Endpoint);
    }

    [Theory]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305Lite)]
    [InlineData(TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize)]
    public void A_recorded_packet_under_a_new_number_does_not_move_the_address(TransportEncryptionMode mode)
    {
        var (speaker, listener) = (_bed.Join(mode), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker, 20);
        var recorded = speaker.Voice(1);
        _bed.Deliver(speaker, recorded.ToArray());
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(recorded.AsSpan(2), (ushort)(speaker.Sequence + 1));

        _bed.Deliver(_bed.NewEndpoint(), recorded);

        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBe(0);
        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        speaker.Endpoint = _bed.NewEndpoint();
        _bed.Speak(speaker, 3);
        Endpoint(speaker).ShouldBe(speaker.Endpoint);
    }

    [Fact]
    public void Rtcp_never_moves_an_address()
    {
        var speaker = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Plan(speaker);
        var elsewhere = _bed.NewEndpoint();
        byte[] report = [0x80, 201, 0, 1, .. Bytes(speaker.Ssrc)];

        _bed.Deliver(elsewhere, speaker.SealRtcp(report));

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBe(0);
    }

    [Fact]
    public void A_muted_senders_packet_from_a_new_address_still_moves_it()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.PlanSender(speaker, sends: false, listener);
        speaker.Endpoint = _bed.NewEndpoint();

        _bed.Speak(speaker);

        Endpoint(speaker).ShouldBe(speaker.Endpoint);
        _bed.Heard(listener).ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.Muted).ShouldBe(1);
    }

    [Fact]
    public void An_unconfirmed_address_is_sent_64_kilobits_a_second()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Connect());
        _bed.Deliver(listener, listener.Discovery());
        _bed.Sessions.Enable(_bed.Session(listener), _bed.Configure(listener));
        _bed.Plan(speaker, listener);
        _bed.BitrateBps = 384_000;
        _bed.Plan(speaker, listener);
        _bed.Socket.Sent.Clear();

        for (var i = 0; i < 500; i++)
        {
            _bed.Deliver(speaker, speaker.Voice(new byte[600]));
            _bed.Now += TimeSpan.FromMilliseconds(20);
        }

        var bytes = _bed.TakeSent(listener.Endpoint).Sum(datagram => datagram.Length);
        bytes.ShouldBeInRange(75_000, 89_000);
        _bed.Dropped(PacketDropReason.Unconfirmed).ShouldBeGreaterThan(300);

        _bed.Confirm(listener);
        _bed.Speak(speaker, 5);
        _bed.Heard(listener).Count.ShouldBe(5);
    }

    [Fact]
    public void A_listener_stays_bound_by_discovery_alone()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);

        _bed.Pass(TimeSpan.FromMinutes(20));
        _bed.Speak(speaker);

        _bed.Heard(listener).Count.ShouldBe(1);
    }

    [Fact]
    public void Bindings_survive_a_restart_of_the_worker()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);

        _bed.Restart();
        _bed.Deliver(listener, new byte[8]);
        _bed.Speak(speaker);

        _bed.TakeSent(listener.Endpoint).Count.ShouldBe(2);
    }

    [Fact]
    public void A_session_closed_while_the_worker_was_down_takes_no_shared_address_with_it()
    {
        var (first, second) = (_bed.Join(), _bed.Connect());
        second.Endpoint = first.Endpoint;
        _bed.Deliver(second, second.Discovery());
        _bed.Session(second).EnableSending(_bed.Configure(second));
        _bed.Socket.Sent.Clear();
        _bed.Sessions.Close(_bed.Session(first), _bed.Now);

        _bed.Restart();
        _bed.Deliver(second, new byte[8]);

        _bed.TakeSent(second.Endpoint).Count.ShouldBe(1);
    }

    private static byte[] Bytes(Ssrc ssrc) =>
        [(byte)(ssrc.Value >> 24), (byte)(ssrc.Value >> 16), (byte)(ssrc.Value >> 8), (byte)ssrc.Value];

    private Ipv4Endpoint Endpoint(TestClient client) => _bed.Session(client).Binding.Endpoint;
}
