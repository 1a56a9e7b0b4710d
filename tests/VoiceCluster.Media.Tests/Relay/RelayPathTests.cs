using System.Buffers.Binary;
using VoiceCluster.Crypto;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Tests.Relay;

/// <summary>The way of a packet over several workers, step by step.</summary>
public sealed class RelayPathTests : IDisposable
{
    private readonly RelayBed _bed = new(3);

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Each_packet_crosses_each_pair_of_workers_once_and_is_heard_once_by_everybody()
    {
        TestClient[] clients = [.. Enumerable.Range(0, 3).SelectMany(worker => Enumerable.Range(0, 4).Select(_ => _bed.Join(worker)))];
        _bed.Plan(clients);
        const int Frames = 10;
        for (byte frame = 0; frame < Frames; frame++)
        {
            _bed.Speak(clients[0], frame, 0);
            _bed.Speak(clients[4], frame, 1);
        }

        foreach (var client in clients)
        {
            var expected = (client == clients[0] ? 0 : Frames) + (client == clients[4] ? 0 : Frames);
            _bed.Heard(client).Count.ShouldBe(expected);
        }

        foreach (var (from, to, frames) in new[] { (0, 1, Frames), (0, 2, Frames), (1, 0, Frames), (1, 2, Frames), (2, 0, 0), (2, 1, 0) })
        {
            _bed.Link(from, to).Sent.ShouldBe(frames);
            _bed.Link(to, from).Received.ShouldBe(frames);
            _bed.Link(to, from).Lost.ShouldBe(0);
        }
    }

    [Fact]
    public void A_relayed_packet_goes_to_clients_and_never_to_a_worker()
    {
        var (speaker, near, far) = (_bed.Join(0), _bed.Join(1), _bed.Join(2));
        _bed.Plan(speaker, near, far);

        _bed.Speak(speaker, 1, 2);

        _bed.Heard(near).ShouldHaveSingleItem();
        _bed.Heard(far).ShouldHaveSingleItem();
        (_bed.Carried(1, 0) + _bed.Carried(1, 2) + _bed.Carried(2, 0) + _bed.Carried(2, 1)).ShouldBe(0);
    }

    [Fact]
    public void What_is_sent_again_by_somebody_on_the_way_is_dropped()
    {
        var (speaker, listener) = (_bed.Join(0), _bed.Join(1));
        _bed.Plan(speaker, listener);
        _bed.Way = datagram => [datagram, datagram];

        for (byte frame = 0; frame < 10; frame++)
        {
            _bed.Speak(speaker, frame, 0);
        }

        _bed.Heard(listener).Count.ShouldBe(10);
        _bed[1].Dropped(PacketDropReason.Duplicate).ShouldBe(10);
    }

    [Fact]
    public void What_somebody_on_the_way_changes_is_dropped_wherever_it_was_changed()
    {
        var (speaker, listener) = (_bed.Join(0), _bed.Join(1));
        _bed.Plan(speaker, listener);
        byte[]? caught = null;
        _bed.Way = datagram => [caught = datagram];
        _bed.Speak(speaker, 1, 2);
        _bed.Heard(listener).Count.ShouldBe(1);
        var clean = caught!;

        for (var at = 0; at < clean.Length; at++)
        {
            var changed = (byte[])clean.Clone();
            changed[at] ^= 1;
            _bed[1].ArriveRelayed(changed);
            _bed[1].Run();
        }

        _bed.Heard(listener).ShouldBeEmpty();
        _bed.Link(1, 0).Received.ShouldBe(1);
    }

    [Fact]
    public void Packets_that_overtake_each_other_all_arrive_and_are_counted()
    {
        var (speaker, listener) = (_bed.Join(0), _bed.Join(1));
        _bed.Plan(speaker, listener);
        byte[]? held = null;
        _bed.Way = datagram =>
        {
            if (held is null)
            {
                held = datagram;
                return [];
            }

            var both = new[] { datagram, held };
            held = null;
            return both;
        };
        for (byte frame = 0; frame < 10; frame++)
        {
            _bed.Speak(speaker, frame, 0);
        }

        _bed.Heard(listener).Select(packet => packet.Payload[0]).ShouldBe([1, 0, 3, 2, 5, 4, 7, 6, 9, 8]);
        _bed.Link(1, 0).Reordered.ShouldBe(5);
        _bed.Link(1, 0).Lost.ShouldBe(0);
    }

    [Fact]
    public void A_packet_under_an_older_epoch_is_dropped_and_one_under_a_newer_is_heard()
    {
        var (speaker, listener) = (_bed.Join(0), _bed.Join(1));
        _bed.PlanWith(epoch: 2, (speaker, true, true), (listener, true, true));
        var next = _bed.PlansFor(epoch: 3, (speaker, true, true), (listener, true, true));

        _bed.Obey(next[1]);
        _bed.Speak(speaker, 1, 1);
        _bed.Heard(listener).ShouldBeEmpty();
        _bed[1].Dropped(PacketDropReason.StaleEpoch).ShouldBe(1);

        _bed.Obey(next[0]);
        _bed.Speak(speaker, 2, 2);
        _bed.Heard(listener).ShouldHaveSingleItem().Payload.ShouldBe([2, 2]);

        _bed.Obey(_bed.PlansFor(epoch: 4, (speaker, true, true), (listener, true, true))[0]);
        _bed.Speak(speaker, 3, 3);
        _bed.Heard(listener).ShouldHaveSingleItem().Payload.ShouldBe([3, 3]);
    }

    [Fact]
    public void A_lost_picture_is_asked_for_at_the_worker_that_takes_it_in()
    {
        var (sender, viewer) = (_bed.Join(0, codecs: TestClient.NativeCodecs), _bed.Join(1, codecs: TestClient.NativeCodecs));
        _bed.Plan(sender, viewer);
        var picture = new Ssrc(sender.Ssrc.Value + 1);
        _bed.Pass(TimeSpan.FromSeconds(1));
        _bed.Send(sender, sender.Media(103, picture, [1, 2, 3]));
        _bed.Heard(viewer).ShouldHaveSingleItem();
        _bed.Pass(TimeSpan.FromSeconds(1));
        _bed[0].Socket.Sent.Clear();

        var request = new byte[PictureLossIndication.Length];
        new PictureLossIndication(new FeedbackSources(viewer.Ssrc, picture)).Write(request);
        _bed.Send(viewer, viewer.SealRtcp(request));

        var asked = _bed[0].HeardRtcp(sender).ShouldHaveSingleItem();
        BinaryPrimitives.ReadUInt32BigEndian(asked.AsSpan(8)).ShouldBe(picture.Value);
        _bed[1].Dropped(PacketDropReason.Feedback).ShouldBe(0);
    }

    [Fact]
    public void A_speaker_on_another_worker_who_leaves_and_returns_never_repeats_a_header_that_is_a_nonce()
    {
        var (speaker, old) = (_bed.Join(0), _bed.Join(1, TransportEncryptionMode.XSalsa20Poly1305));
        _bed.Plan(speaker, old);
        RelayHeader relayed = default;
        _bed.Way = datagram => RelayHeader.TryParse(datagram, out relayed) ? [datagram] : [];
        _bed.Speak(speaker, 1, 1);
        _bed[1].TakeSent(old.Endpoint).ShouldHaveSingleItem();

        _bed.Obey(_bed.PlansFor(epoch: 1, (old, true, true))[0]);
        _bed.Plan(speaker, old);
        using var again = new RelayLink(RelayBed.WorkerOf(0), RelayBed.WorkerOf(1), RelayBed.Secret);
        var packet = new byte[RelayHeader.Length + 2 + RelayCipher.Overhead];
        while (again.Seal(relayed, [2, 2], packet) > 0 && RelayHeader.TryParse(packet, out var header) && header.Counter < 100)
        {
        }

        _bed[1].ArriveRelayed(packet);
        _bed[1].Run();
        _bed[1].TakeSent(old.Endpoint).ShouldBeEmpty();
        _bed[1].Dropped(PacketDropReason.AlreadyRelayed).ShouldBe(1);
    }
}
