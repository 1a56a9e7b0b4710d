using System.Collections.Immutable;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class ForwardingTests : IDisposable
{
    private const TransportEncryptionMode Oldest = TransportEncryptionMode.XSalsa20Poly1305;
    private readonly MediaBed _bed = new();

    public static TheoryData<TransportEncryptionMode, TransportEncryptionMode> ModePairs
    {
        get
        {
            var pairs = new TheoryData<TransportEncryptionMode, TransportEncryptionMode>();
            var modes = TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable).ToList();
            foreach (var sender in modes)
            {
                modes.ForEach(receiver => pairs.Add(sender, receiver));
            }

            return pairs;
        }
    }

    public void Dispose() => _bed.Dispose();

    [Theory]
    [MemberData(nameof(ModePairs))]
    public void Voice_passes_between_any_two_modes(TransportEncryptionMode senderMode, TransportEncryptionMode receiverMode)
    {
        var (speaker, listener) = (_bed.Join(senderMode), _bed.Join(receiverMode));
        _bed.Plan(speaker, listener);

        _bed.Speak(speaker, 5);

        var heard = _bed.Heard(listener);
        heard.Select(packet => packet.Payload).ShouldBe(Enumerable.Range(0, 5).Select(i => new byte[] { (byte)i, 7 }));
        heard.Select(packet => (int)packet.Sequence).ShouldBe([1, 2, 3, 4, 5]);
        heard.ShouldAllBe(packet => packet.Plain[0] == 0x80 && packet.Plain[1] == 0x78 && packet.Header.Ssrc == speaker.Ssrc);
        heard[0].Header.Timestamp.ShouldBe(960u);
    }

    [Fact]
    public void Nobody_hears_himself()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);

        _bed.Speak(speaker);

        _bed.Heard(speaker).ShouldBeEmpty();
        _bed.Heard(listener).Count.ShouldBe(1);
    }

    [Fact]
    public void Channels_do_not_hear_each_other()
    {
        var elsewhere = MediaBed.Room with { ChannelId = new Snowflake(99) };
        var (speaker, listener, stranger) = (_bed.Join(), _bed.Join(), _bed.Join(channel: elsewhere));
        _bed.Plan(speaker, listener);
        _bed.Sessions.Obey(new ForwardingPlan(
            elsewhere, 1, 1, MediaBed.WorkerId, 64_000, [new PlannedSession(_bed.Session(stranger).Id, Sends: true, Receives: true)]));

        _bed.Speak(speaker);
        _bed.Speak(stranger);

        _bed.Heard(stranger).ShouldBeEmpty();
        _bed.Heard(listener).Count.ShouldBe(1);
    }

    [Fact]
    public void A_plan_that_names_another_channels_session_does_not_bring_it_in()
    {
        var elsewhere = MediaBed.Room with { ChannelId = new Snowflake(99) };
        var (speaker, stranger) = (_bed.Join(), _bed.Join(channel: elsewhere));

        _bed.Plan(speaker, stranger);
        _bed.Speak(speaker);

        _bed.Heard(stranger).ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_plan_nothing_is_forwarded()
    {
        var (speaker, _) = (_bed.Join(), _bed.Join());
        _bed.Speak(speaker);
        _bed.Dropped(PacketDropReason.NotPlanned).ShouldBe(1);
        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void The_deafened_are_sent_nothing_and_are_heard()
    {
        var (speaker, deaf) = (_bed.Join(), _bed.Join());
        _bed.PlanWith(
            new PlannedSession(_bed.Session(speaker).Id, Sends: true, Receives: true),
            new PlannedSession(_bed.Session(deaf).Id, Sends: true, Receives: false));

        _bed.Speak(speaker);
        _bed.Speak(deaf);

        _bed.Heard(deaf).ShouldBeEmpty();
        _bed.Heard(speaker).Count.ShouldBe(1);
    }

    [Fact]
    public void Mute_is_in_force_at_once_and_leaves_no_gap()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.PlanSender(speaker, sends: true, listener);
        _bed.Speak(speaker, 3);
        _bed.PlanSender(speaker, sends: false, listener);
        _bed.Speak(speaker, 100);
        _bed.PlanSender(speaker, sends: true, listener);
        _bed.Speak(speaker, 3);

        var heard = _bed.Heard(listener);
        heard.Select(packet => (int)packet.Sequence).ShouldBe([1, 2, 3, 4, 5, 6]);
        heard[3].Header.Timestamp.ShouldBe(960u * 104);
        _bed.Dropped(PacketDropReason.Muted).ShouldBe(100);
    }

    [Fact]
    public void Mute_and_unmute_between_two_packets_hides_no_packet()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.PlanSender(speaker, sends: true, listener);
        _bed.Speak(speaker);
        _bed.PlanSender(speaker, sends: false, listener);
        _bed.PlanSender(speaker, sends: true, listener);
        _bed.Speak(speaker);

        _bed.Heard(listener).Select(packet => (int)packet.Sequence).ShouldBe([1, 2]);
    }

    [Fact]
    public void Real_loss_stays_a_gap()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker);
        speaker.Voice(1);
        _bed.Speak(speaker);

        _bed.Heard(listener).Select(packet => (int)packet.Sequence).ShouldBe([1, 3]);
    }

    [Fact]
    public void A_sender_over_the_bitrate_is_cut_without_gaps()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.BitrateBps = 8000;
        _bed.Plan(speaker, listener);

        for (var i = 0; i < 500; i++)
        {
            _bed.Deliver(speaker, speaker.Voice(new byte[100]));
            _bed.Now += TimeSpan.FromMilliseconds(20);
        }

        // Ten seconds of 1,250 bytes, and two seconds' worth to begin with.
        var heard = _bed.Heard(listener);
        heard.Count.ShouldBeInRange(145, 151);
        heard.Select(packet => (int)packet.Sequence).ShouldBe(Enumerable.Range(1, heard.Count));
        _bed.Dropped(PacketDropReason.Bitrate).ShouldBe(500 - heard.Count);
    }

    [Fact]
    public void A_sender_at_the_bitrate_is_not_cut()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        for (var i = 0; i < 500; i++)
        {
            _bed.Deliver(speaker, speaker.Voice(new byte[160 + (i % 2 * 30)]));
            _bed.Now += TimeSpan.FromMilliseconds(20);
        }

        _bed.Heard(listener).Count.ShouldBe(500);
    }

    [Fact]
    public void Packets_over_150_a_second_are_dropped_before_they_are_opened()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.BitrateBps = 10_000_000;
        _bed.Plan(speaker, listener);
        for (var i = 0; i < 1000; i++)
        {
            var packet = speaker.Voice(1);
            packet[^6] ^= (byte)(i >= 900 ? 1 : 0);
            _bed.Deliver(speaker, packet);
            _bed.Now += TimeSpan.FromMilliseconds(1);
        }

        _bed.Heard(listener).Count.ShouldBeInRange(270, 300);
        _bed.Dropped(PacketDropReason.PacketRate).ShouldBeGreaterThan(690);
        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBeLessThan(20);
    }

    [Fact]
    public void Duplicates_and_packets_behind_the_window_are_dropped()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        var first = speaker.Voice(1);
        _bed.Deliver(speaker, first.ToArray());
        _bed.Deliver(speaker, first.ToArray());
        _bed.Speak(speaker, 1);
        speaker.Sequence = 1500;
        _bed.Speak(speaker, 1);
        speaker.Sequence = 400;
        _bed.Speak(speaker, 1);

        _bed.Heard(listener).Count.ShouldBe(3);
        _bed.Dropped(PacketDropReason.Duplicate).ShouldBe(1);
        _bed.Dropped(PacketDropReason.BehindWindow).ShouldBe(1);
    }

    [Fact]
    public void A_sender_who_starts_over_is_heard_from_his_second_packet_on()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        speaker.Sequence = 30_000;
        _bed.Speak(speaker, 2);
        speaker.Sequence = 0;
        _bed.Speak(speaker, 3);

        _bed.Heard(listener).Select(packet => (int)packet.Sequence).ShouldBe([30_000, 30_001, 1, 2]);
        _bed.Dropped(PacketDropReason.PendingResync).ShouldBe(1);
    }

    [Fact]
    public void For_receivers_whose_nonce_is_the_header_a_sender_who_starts_over_goes_on()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join(Oldest));
        _bed.Plan(speaker, listener);
        speaker.Sequence = 30_000;
        _bed.Speak(speaker, 2);
        (speaker.Sequence, speaker.Timestamp) = (29_999, 0);
        speaker.Counter = 1000;
        speaker.Sequence = 0;
        _bed.Speak(speaker, 3);

        var heard = _bed.Heard(listener);
        heard.Select(packet => (int)packet.Sequence).ShouldBe([30_000, 30_001, 30_002, 30_003]);
        heard.Select(packet => packet.Header.Timestamp).ShouldBe([960u, 1920u, 2880u, 3840u]);
    }

    [Fact]
    public void No_two_datagrams_to_such_a_receiver_share_a_header()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join(Oldest));
        _bed.PlanSender(speaker, sends: true, listener);
        var headers = new HashSet<string>();
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            if (random.Next(100) == 0)
            {
                speaker.Sequence = (ushort)(random.Next(3) * 20_000);
                speaker.Timestamp = 0;
            }

            _bed.PlanSender(speaker, sends: random.Next(50) != 0, listener);
            _bed.Speak(speaker);
            foreach (var datagram in _bed.TakeSent(listener.Endpoint))
            {
                headers.Add(Convert.ToHexString(datagram.AsSpan(0, 12))).ShouldBeTrue();
            }
        }

        headers.Count.ShouldBeGreaterThan(1500);
    }

    [Fact]
    public void Marker_padding_contributing_sources_and_extension_do_not_reach_receivers_without_a_codec_list()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        var header = new RtpHeader
        {
            PayloadType = 120,
            Marker = true,
            Padding = true,
            Extension = true,
            CsrcCount = 1,
            SequenceNumber = 9,
            Timestamp = 8,
            Ssrc = speaker.Ssrc,
        };

        _bed.Deliver(speaker, speaker.Seal(header, [0, 0, 0, 5, 0xBE, 0xDE, 0, 1, 0x10, 0x20, 0, 0, 42, 43, 0, 2]));

        var heard = _bed.Heard(listener).ShouldHaveSingleItem();
        heard.Plain.ShouldBe([0x80, 0x78, 0, 9, 0, 0, 0, 8, .. heard.Plain[8..12], 42, 43]);
    }

    [Fact]
    public void Receivers_with_a_codec_list_get_extension_marker_and_their_own_payload_type()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join(codecs: TestClient.NativeCodecs));
        _bed.Plan(speaker, listener);
        var header = new RtpHeader
        {
            PayloadType = 120,
            Marker = true,
            Padding = true,
            Extension = true,
            CsrcCount = 1,
            SequenceNumber = 9,
            Timestamp = 8,
            Ssrc = speaker.Ssrc,
        };

        _bed.Deliver(speaker, speaker.Seal(header, [0, 0, 0, 5, 0xBE, 0xDE, 0, 1, 0x10, 0x20, 0, 0, 42, 43, 0, 2]));

        var heard = _bed.Heard(listener).ShouldHaveSingleItem();
        heard.Plain.ShouldBe([0x90, 0x80 | 111, 0, 9, 0, 0, 0, 8, .. heard.Plain[8..12], 0xBE, 0xDE, 0, 1, 0x10, 0x20, 0, 0, 42, 43]);
    }

    [Fact]
    public void Numbers_of_the_senders_hop_are_blanked()
    {
        var (speaker, listener) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(codecs: TestClient.NativeCodecs));
        _bed.Plan(speaker, listener);
        var header = new RtpHeader { PayloadType = speaker.VoicePayloadType, Extension = true, SequenceNumber = 9, Ssrc = speaker.Ssrc };

        _bed.Deliver(speaker, speaker.Seal(header, [0xBE, 0xDE, 0, 2, 0x51, 1, 2, 0x10, 0x20, 0, 0, 0, 42]));

        _bed.Heard(listener).ShouldHaveSingleItem().Plain[12..].ShouldBe([0xBE, 0xDE, 0, 2, 0, 0, 0, 0x10, 0x20, 0, 0, 0, 42]);
    }

    [Fact]
    public void Video_goes_to_those_who_negotiated_it_under_their_numbers()
    {
        var sender = _bed.Join(codecs: TestClient.NativeCodecs);
        var viewer = _bed.Join(codecs: [new("opus", false, 120, null), new("H264", true, 101, 102)]);
        var bot = _bed.Join();
        _bed.Plan(sender, viewer, bot);

        _bed.Deliver(sender, sender.Media(103, sender.Ssrc.Video, [1, 2], marker: true));
        _bed.Deliver(sender, sender.Media(104, sender.Ssrc.Retransmission, [0, 1, 3]));

        var seen = _bed.Heard(viewer);
        seen.Select(packet => (packet.Header.Ssrc, (int)packet.Plain[1])).ShouldBe([(sender.Ssrc.Video, 0x80 | 101), (sender.Ssrc.Retransmission, 102)]);
        _bed.Heard(bot).ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.ReceiverLacksCodec).ShouldBe(2);
    }

    [Fact]
    public void Video_may_exceed_the_voice_rates()
    {
        var sender = _bed.Join(codecs: TestClient.NativeCodecs);
        var viewer = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Plan(sender, viewer);
        for (var i = 0; i < 600; i++)
        {
            _bed.Deliver(sender, sender.Media(103, sender.Ssrc.Video, new byte[1200]));
            _bed.Now += TimeSpan.FromMilliseconds(2);
        }

        _bed.Heard(viewer).Count.ShouldBe(600);
    }

    [Theory]
    [InlineData(96, PacketDropReason.Probe)]
    [InlineData(121, PacketDropReason.UnknownPayloadType)]
    public void Probes_and_unknown_payload_types_end_here(byte payloadType, PacketDropReason reason)
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);

        _bed.Deliver(speaker, speaker.Media(payloadType, speaker.Ssrc, [1]));

        _bed.Dropped(reason).ShouldBe(1);
        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void A_packet_of_nothing_but_padding_ends_here_and_leaves_no_gap()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker);
        _bed.Deliver(speaker, speaker.Seal(new RtpHeader { PayloadType = 120, Padding = true, SequenceNumber = speaker.Sequence++, Ssrc = speaker.Ssrc }, [0, 0, 3]));
        _bed.Speak(speaker);

        _bed.Heard(listener).Select(packet => (int)packet.Sequence).ShouldBe([1, 2]);
    }

    [Fact]
    public void Sources_that_are_not_the_senders_are_dropped_and_counted()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);

        _bed.Deliver(speaker, speaker.Media(120, listener.Ssrc, [1]));
        _bed.Deliver(speaker, speaker.Media(120, new Ssrc(3), [1]));
        _bed.Deliver(_bed.NewEndpoint(), speaker.Media(120, new Ssrc(3), [1]));

        _bed.Dropped(PacketDropReason.ForeignSource).ShouldBe(2);
        _bed.Dropped(PacketDropReason.UnknownSource).ShouldBe(1);
        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void Sink_wants_decide_who_is_sent_what()
    {
        var (first, second, listener) = (_bed.Join(), _bed.Join(), _bed.Join());
        _bed.Plan(first, second, listener);
        var none = ImmutableDictionary<Ssrc, int>.Empty;

        SpeakBoth(SinkWants.From(100, none)).ShouldBe((1, 1));
        SpeakBoth(SinkWants.From(100, none.Add(first.Ssrc, 0))).ShouldBe((0, 1));
        SpeakBoth(SinkWants.From(0, none.Add(first.Ssrc, 50))).ShouldBe((1, 0));
        SpeakBoth(SinkWants.From(0, none)).ShouldBe((0, 0));

        (int First, int Second) SpeakBoth(SinkWants? wants)
        {
            _bed.Sessions.SetWants(_bed.Session(listener), wants);
            _bed.Speak(first);
            _bed.Speak(second);
            var heard = _bed.Heard(listener);
            return (heard.Count(packet => packet.Header.Ssrc == first.Ssrc), heard.Count(packet => packet.Header.Ssrc == second.Ssrc));
        }
    }

    [Fact]
    public void A_source_is_announced_once_and_only_when_it_may_be_heard()
    {
        var (speaker, listener) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join());
        _bed.PlanSender(speaker, sends: false, listener);
        _bed.Speak(speaker);
        _bed.TakeEdges().ShouldBeEmpty();

        _bed.PlanSender(speaker, sends: true, listener);
        _bed.Speak(speaker, 3);
        _bed.Deliver(speaker, speaker.Media(103, speaker.Ssrc.Video, [1]));

        var id = _bed.Session(speaker).Id;
        _bed.TakeEdges().ShouldBe([new MediaEdge.SourceStarted(id, speaker.Ssrc), new MediaEdge.SourceStarted(id, speaker.Ssrc.Video)]);
    }

    [Fact]
    public void Edges_that_nobody_takes_are_dropped_oldest_first_and_counted()
    {
        using var bed = new MediaBed(new MediaOptions { EdgeQueueLength = 2 });
        var speakers = Enumerable.Range(0, 3).Select(_ => bed.Join()).ToArray();
        bed.Plan(speakers);
        foreach (var speaker in speakers)
        {
            bed.Speak(speaker);
        }

        bed.Edges.Dropped.ShouldBe(1);
        bed.TakeEdges().ShouldBe(speakers[1..].Select(speaker => new MediaEdge.SourceStarted(bed.Session(speaker).Id, speaker.Ssrc)));
    }

    [Fact]
    public void No_server_nonce_comes_twice_over_media_sources_and_restarts()
    {
        var (first, second, listener) = (_bed.Join(), _bed.Join(), _bed.Join());
        _bed.Plan(first, second, listener);
        var suffixes = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            _bed.Speak(first, 20);
            _bed.Speak(second, 20);
            _bed.Restart();
        }

        foreach (var datagram in _bed.TakeSent(listener.Endpoint))
        {
            suffixes.Add(Convert.ToHexString(datagram.AsSpan(^4..))).ShouldBeTrue();
            ServerNonceSuffix.IsServer(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(datagram.AsSpan(^4..))).ShouldBeTrue();
        }

        suffixes.Count.ShouldBe(120);
        _bed.Sink(listener).Nonces.ReservedEnd.ShouldBe(3 * NonceCounter.BlockSize);
    }

    [Fact]
    public void When_the_nonces_are_used_up_control_is_told_once_and_sending_stops()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        ref var nonces = ref _bed.Sink(listener).Nonces;
        while (!nonces.IsNearlyUsedUp)
        {
            nonces.TryTake(out _);
            nonces.SkipToNextBlock();
        }

        _bed.Speak(speaker, 2);
        _bed.TakeEdges().Count(edge => edge is MediaEdge.KeyExhausted).ShouldBe(1);
        _bed.Heard(listener).ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.KeyExhausted).ShouldBe(2);
    }

    [Fact]
    public void Control_is_told_when_the_last_block_is_begun()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        ref var nonces = ref _bed.Sink(listener).Nonces;
        while (nonces.ReservedEnd < NonceCounter.Limit - NonceCounter.BlockSize)
        {
            nonces.TryTake(out _);
            nonces.SkipToNextBlock();
        }

        _bed.Speak(speaker, 3);

        _bed.Heard(listener).Count.ShouldBe(3);
        _bed.TakeEdges().ShouldBe([new MediaEdge.SourceStarted(_bed.Session(speaker).Id, speaker.Ssrc), new MediaEdge.KeyExhausted(_bed.Session(listener).Id)], ignoreOrder: true);
    }

    [Fact]
    public void The_same_key_again_does_not_repeat_nonces()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Speak(speaker, 3);
        _bed.Sessions.Enable(_bed.Session(listener), _bed.Configure(listener));
        _bed.Speak(speaker, 3);

        _bed.TakeSent(listener.Endpoint).Select(datagram => Convert.ToHexString(datagram.AsSpan(^4..))).Distinct().Count().ShouldBe(6);
    }

    [Fact]
    public void Word_of_one_key_never_brings_a_later_one_into_use()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Connect());
        _bed.Deliver(listener, listener.Discovery());
        _bed.Confirm(listener);
        _bed.Plan(speaker, listener);
        _bed.Socket.Sent.Clear();
        using var renewed = new TestClient(listener.Mode, listener.Ssrc, listener.Endpoint);
        var first = _bed.Configure(listener);
        var second = _bed.Sessions.Configure(_bed.Session(listener), renewed.Transport);

        _bed.Sessions.Enable(_bed.Session(listener), first);
        _bed.Speak(speaker);
        _bed.Heard(listener).Count.ShouldBe(1);

        _bed.Sessions.Enable(_bed.Session(listener), second);
        _bed.Speak(speaker);
        renewed.Open(_bed.TakeSent(listener.Endpoint).ShouldHaveSingleItem()).ShouldNotBeNull();
    }

    [Fact]
    public void Word_of_a_key_that_was_replaced_changes_nothing()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        using var second = new TestClient(listener.Mode, listener.Ssrc, listener.Endpoint);
        using var third = new TestClient(listener.Mode, listener.Ssrc, listener.Endpoint);
        var replaced = _bed.Sessions.Configure(_bed.Session(listener), second.Transport);
        var newest = _bed.Sessions.Configure(_bed.Session(listener), third.Transport);

        _bed.Sessions.Enable(_bed.Session(listener), replaced);
        _bed.Speak(speaker);
        _bed.Heard(listener).Count.ShouldBe(1);

        _bed.Sessions.Enable(_bed.Session(listener), newest);
        _bed.Sessions.Enable(_bed.Session(listener), replaced);
        _bed.Speak(speaker);
        third.Open(_bed.TakeSent(listener.Endpoint).ShouldHaveSingleItem()).ShouldNotBeNull();
    }

    [Fact]
    public void Voice_goes_on_after_the_channel_lost_and_regained_members()
    {
        var (speaker, leaver, listener) = (_bed.Join(), _bed.Join(), _bed.Join());
        _bed.Plan(speaker, leaver, listener);
        _bed.Speak(speaker);
        _bed.Sessions.Close(_bed.Session(leaver), _bed.Now);
        _bed.Speak(speaker);
        _bed.Heard(leaver).Count.ShouldBe(1);
        _bed.Heard(listener).Count.ShouldBe(2);
        var newcomer = _bed.Join();
        _bed.Speak(speaker);
        _bed.Heard(newcomer).ShouldBeEmpty();
        _bed.Plan(speaker, newcomer, listener);
        _bed.Speak(speaker);

        _bed.Heard(leaver).ShouldBeEmpty();
        _bed.Heard(listener).Count.ShouldBe(2);
        _bed.Heard(newcomer).Count.ShouldBe(1);
    }

    [Fact]
    public void Withdrawing_the_plan_silences_the_channel()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.PlanWith();
        _bed.Speak(speaker);

        _bed.Heard(listener).ShouldBeEmpty();
        _bed.Sessions.Channels.ShouldBe(1);
        _bed.Sessions.Close(_bed.Session(speaker), _bed.Now);
        _bed.Sessions.Close(_bed.Session(listener), _bed.Now);
        _bed.Sessions.Channels.ShouldBe(0);
    }
}
