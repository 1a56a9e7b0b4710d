using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Tests.Forwarding;

/// <summary>What several packets of one received batch become.</summary>
public sealed class FanOutTests : IDisposable
{
    private const TransportEncryptionMode Oldest = TransportEncryptionMode.XSalsa20Poly1305;
    private readonly MediaBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void A_burst_goes_out_receiver_by_receiver()
    {
        var speaker = _bed.Join();
        TestClient[] listeners = [_bed.Join(), _bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(Oldest)];
        _bed.Plan([speaker, .. listeners]);

        Say(_bed, speaker, 1, 2, 3, 4, 5);
        _bed.Run();

        Destinations().ShouldBe(listeners.SelectMany(listener => Enumerable.Repeat(listener, 5)));
        foreach (var listener in listeners)
        {
            var heard = _bed.Heard(listener);
            heard.Select(packet => packet.Payload[0]).ShouldBe([1, 2, 3, 4, 5]);
            heard.Select(packet => (int)packet.Sequence).ShouldBe([1, 2, 3, 4, 5]);
        }
    }

    [Fact]
    public void A_speaker_in_the_midst_of_others_does_not_hear_himself()
    {
        var (alice, bob, carol) = (_bed.Join(), _bed.Join(), _bed.Join());
        _bed.Plan(alice, bob, carol);

        Say(_bed, alice, 1);
        Say(_bed, bob, 2);
        Say(_bed, alice, 3);
        Say(_bed, bob, 4);
        _bed.Run();

        Destinations().ShouldBe([alice, alice, bob, bob, carol, carol, carol, carol]);
        HeardNumbers(_bed, alice).ShouldBe([2, 4]);
        HeardNumbers(_bed, bob).ShouldBe([1, 3]);
        HeardNumbers(_bed, carol).ShouldBe([1, 3, 2, 4]);
    }

    [Fact]
    public void Of_several_speakers_each_listener_gets_the_longest_packet_first()
    {
        var speakers = Enumerable.Range(0, 3).Select(_ => _bed.Join()).ToArray();
        var listener = _bed.Join();
        _bed.Plan([.. speakers, listener]);

        _bed.Arrive(speakers[0].Endpoint, speakers[0].Voice(new byte[20]));
        _bed.Arrive(speakers[1].Endpoint, speakers[1].Voice(new byte[30]));
        _bed.Arrive(speakers[2].Endpoint, speakers[2].Voice(new byte[25]));
        _bed.Run();

        _bed.Heard(speakers[1]).Select(packet => packet.Payload.Length).ShouldBe([25, 20]);
        _bed.Heard(listener).Select(packet => packet.Payload.Length).ShouldBe([30, 25, 20]);
    }

    [Fact]
    public void Packets_of_two_channels_by_turns_go_out_channel_by_channel()
    {
        var elsewhere = MediaBed.Room with { ChannelId = new Snowflake(99) };
        var (alice, bob) = (_bed.Join(), _bed.Join());
        var (carol, dave) = (_bed.Join(channel: elsewhere), _bed.Join(channel: elsewhere));
        _bed.Plan(alice, bob);
        _bed.Sessions.Obey(new ForwardingPlan(
            elsewhere,
            1,
            1,
            MediaBed.WorkerId,
            64_000,
            [.. new[] { carol, dave }.Select(client => new PlannedSession(_bed.Session(client).Id, Sends: true, Receives: true))]));

        for (byte i = 0; i < 3; i++)
        {
            Say(_bed, alice, i);
            Say(_bed, carol, i);
        }

        _bed.Run();

        Destinations().ShouldBe([bob, bob, bob, dave, dave, dave]);
        HeardNumbers(_bed, bob).ShouldBe([0, 1, 2]);
        HeardNumbers(_bed, dave).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void A_sender_report_does_not_overtake_the_packets_before_it()
    {
        var (sender, listener) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(codecs: TestClient.NativeCodecs));
        _bed.Plan(sender, listener);
        var report = new byte[28];
        new SenderReport { SenderSsrc = sender.Ssrc, NtpTimestamp = 1, RtpTimestamp = 960, PacketCount = 1, OctetCount = 2 }.Write([], report);

        Say(_bed, sender, 1);
        _bed.Arrive(sender.Endpoint, sender.SealRtcp(report));
        Say(_bed, sender, 2);
        _bed.Run();

        var sent = _bed.TakeSent(listener.Endpoint);
        sent.Select(datagram => listener.OpenRtcp(datagram) is not null).ShouldBe([false, true, false]);
    }

    [Fact]
    public void Relayed_packets_of_one_batch_go_out_receiver_by_receiver_too()
    {
        using var bed = new RelayBed(2);
        var (speaker, first, second) = (bed.Join(0), bed.Join(1), bed.Join(1));
        bed.Plan(speaker, first, second);
        Say(bed[0], speaker, 1, 2, 3);
        bed[0].Run();
        bed[0].RelaySocket.Sent.ForEach(sent => bed[1].ArriveRelayed(sent.Datagram));

        bed[1].Run();

        bed[1].Socket.Sent.Select(sent => sent.To).ShouldBe(
            [.. Enumerable.Repeat(first.Endpoint, 3), .. Enumerable.Repeat(second.Endpoint, 3)]);
        HeardNumbers(bed[1], first).ShouldBe([1, 2, 3]);
        HeardNumbers(bed[1], second).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_mute_within_a_batch_stops_what_comes_after_it_and_nothing_before()
    {
        using var bed = new RelayBed(3);
        var (speaker, listener) = (bed.Join(0), bed.Join(0));
        var members = new[] { speaker, listener, bed.Join(1), bed.Join(2) };
        bed.Plan(members);
        AfterPacket32(bed, () => bed.PlanWith(epoch: 1, [.. members.Select(member => (member, Sends: member != speaker, Receives: true))]));

        Say(bed[0], speaker, Numbers(40));
        bed[0].Run();

        HeardNumbers(bed[0], listener).ShouldBe(Numbers(32));
        bed[0].Dropped(PacketDropReason.Muted).ShouldBe(8);
    }

    [Fact]
    public void Who_leaves_within_a_batch_gets_what_came_before_and_nothing_after_it()
    {
        using var bed = new RelayBed(3);
        var (speaker, leaver, listener) = (bed.Join(0), bed.Join(0), bed.Join(0));
        bed.Plan(speaker, leaver, listener, bed.Join(1), bed.Join(2));
        AfterPacket32(bed, () => bed[0].Sessions.Close(bed[0].Session(leaver), bed[0].Now));

        Say(bed[0], speaker, Numbers(40));
        bed[0].Run();

        HeardNumbers(bed[0], leaver).ShouldBe(Numbers(32));
        HeardNumbers(bed[0], listener).ShouldBe(Numbers(40));
    }

    [Fact]
    public void What_waits_is_sent_before_sessions_that_were_closed_meanwhile_are_let_go_of()
    {
        using var bed = new RelayBed(3);
        var (speaker, leaver, listener) = (bed.Join(0), bed.Join(0), bed.Join(0));
        bed.Plan(speaker, leaver, listener, bed.Join(1), bed.Join(2));

        // What went to the other workers counts too: the clock is read before the 33rd packet, and with it which sessions are closed.
        bed[0].ClockRead = () =>
        {
            bed[0].ClockRead = null;
            bed[0].Sessions.Close(bed[0].Session(leaver), bed[0].Now);
        };
        Say(bed[0], speaker, Numbers(40));
        bed[0].Run();

        bed[0].ClockRead.ShouldBeNull();
        HeardNumbers(bed[0], leaver).ShouldBe(Numbers(32));
        HeardNumbers(bed[0], listener).ShouldBe(Numbers(40));
    }

    [Fact]
    public void Everybody_gets_from_a_batch_what_he_would_get_from_its_packets_one_by_one() =>
        Prop.ForAll<byte[]>(script =>
        {
            var packets = script.Take(60).ToArray();
            Perform(packets, isBatch: true).ShouldBe(Perform(packets, isBatch: false));
        }).QuickCheckThrowOnFailure();

    // A source's packets in the order in which they came, to each receiver.
    private static List<string> Perform(byte[] script, bool isBatch)
    {
        using var bed = new MediaBed();
        var native = TestClient.NativeCodecs;
        TestClient[] clients =
        [
            bed.Join(), bed.Join(codecs: native), bed.Join(Oldest), bed.Join(Oldest, native), bed.Join(TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize),
        ];
        bed.Plan(clients);
        bed.Sessions.SetWants(bed.Session(clients[4]), SinkWants.From(100, ImmutableDictionary<Ssrc, int>.Empty.Add(clients[1].Ssrc, 0)));
        for (var i = 0; i < script.Length; i++)
        {
            Send(bed, clients, script[i], (byte)i);
            if (!isBatch)
            {
                bed.Run();
            }
        }

        bed.Run();
        return [.. clients.SelectMany((client, index) => Describe(bed.Heard(client), clients, $"to {index}"))];
    }

    private static void Send(MediaBed bed, TestClient[] clients, byte step, byte number)
    {
        var sender = clients[step % 3];
        var payload = new byte[1 + (step / 3 % 4 * 10)];
        payload[0] = number;
        var isVideo = sender == clients[1] && step >= 128;
        var datagram = isVideo ? sender.Media(103, sender.Ssrc.Video, payload, marker: step % 2 == 0) : sender.Voice(payload);
        if (step % 7 != 0)
        {
            bed.Arrive(sender.Endpoint, datagram);
        }
    }

    private static IEnumerable<string> Describe(List<HeardPacket> heard, TestClient[] clients, string receiver)
    {
        const int SourceOffset = 8;
        const int SourceEnd = 12;
        return heard
            .Select(packet => (
                From: Array.FindIndex(clients, client => packet.Header.Ssrc == client.Ssrc || packet.Header.Ssrc == client.Ssrc.Video),
                IsVideo: packet.Header.Ssrc == clients[1].Ssrc.Video,
                Text: $"{Convert.ToHexString(packet.Plain.AsSpan(0, SourceOffset))} {Convert.ToHexString(packet.Plain.AsSpan(SourceEnd))}"))
            .OrderBy(packet => (packet.From, packet.IsVideo))
            .Select(packet => $"{receiver} from {packet.From}, {(packet.IsVideo ? "video" : "voice")}: {packet.Text}");
    }

    private static byte[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(number => (byte)number)];

    private static void Say(MediaBed bed, TestClient speaker, params byte[] numbers)
    {
        foreach (var number in numbers)
        {
            bed.Arrive(speaker.Endpoint, speaker.Voice(number, 7));
        }
    }

    private static byte[] HeardNumbers(MediaBed bed, TestClient client) => [.. bed.Heard(client).Select(packet => packet.Payload[0])];

    // A packet goes to the two other workers at once, and 64 datagrams to them are a full batch.
    private static void AfterPacket32(RelayBed bed, Action action) => bed[0].RelaySocket.Sending = () =>
    {
        bed[0].RelaySocket.Sending = null;
        action();
    };

    private IEnumerable<TestClient> Destinations() => _bed.Socket.Sent.Select(sent => _bed.ClientAt(sent.To));
}
