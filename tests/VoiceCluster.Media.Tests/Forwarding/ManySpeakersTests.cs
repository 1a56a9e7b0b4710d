using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class ManySpeakersTests : IDisposable
{
    private const int Places = 3;
    private readonly MediaBed _bed = new(new MediaOptions { MaximumSpeakers = Places });
    private readonly TestClient[] _people;
    private readonly TestClient _listener;

    public ManySpeakersTests()
    {
        _people = [.. Enumerable.Range(0, 5).Select(_ => _bed.Join())];
        _listener = _bed.Join();
        Plan();
        _bed.TakeEdges();
    }

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Three_of_five_are_heard_and_the_others_are_counted()
    {
        Talk(50, _people);

        var heard = HeardBySource();
        heard.Keys.ShouldBe(_people[..3].Select(person => person.Ssrc.Value), ignoreOrder: true);
        heard.Values.ShouldAllBe(packets => packets.Count == 50);
        _bed.Dropped(PacketDropReason.NotSelected).ShouldBe(100);
    }

    [Fact]
    public void Listeners_hear_no_gap_when_a_speaker_is_let_in_again()
    {
        Talk(50, _people);
        Talk(50, _people[0], _people[3], _people[4]);
        Talk(50, _people[1], _people[3], _people[4]);
        Talk(30, _people[0], _people[1], _people[2]);

        foreach (var packets in HeardBySource().Values)
        {
            var first = packets[0].Sequence;
            packets.Select(packet => (int)packet.Sequence).ShouldBe(Enumerable.Range(first, packets.Count));
        }
    }

    [Fact]
    public void Loss_among_what_is_heard_stays_a_gap_and_among_what_is_not_it_does_not()
    {
        Talk(50, _people);
        _people[0].Sequence += 3;
        _people[4].Sequence += 3;
        Talk(10, _people);
        Talk(30, _people[0], _people[1]);
        Talk(10, _people[0], _people[1], _people[4]);

        var heard = HeardBySource();
        heard[_people[0].Ssrc.Value].Select(packet => (int)packet.Sequence).ShouldBe([.. Enumerable.Range(1, 50), .. Enumerable.Range(54, 50)]);
        var late = heard[_people[4].Ssrc.Value].Select(packet => (int)packet.Sequence).ToList();
        late.ShouldBe(Enumerable.Range(late[0], 10));
    }

    [Fact]
    public void A_speaker_who_is_cut_off_ends_in_silence_under_his_own_numbers()
    {
        // After ten seconds they take turns.
        Talk(520, _people);

        var cut = HeardBySource()[_people[0].Ssrc.Value];
        cut[^6].Payload.Length.ShouldBeGreaterThan(3);
        cut[^5..].ShouldAllBe(packet => IsSilence(packet));
        cut.Select(packet => (int)packet.Sequence).ShouldBe(Enumerable.Range(1, cut.Count));
        cut.Select(packet => packet.Header.Timestamp).ShouldBe(Enumerable.Range(1, cut.Count).Select(i => (uint)(960 * i)));
    }

    [Fact]
    public void Clients_with_levels_are_sent_silence_without_extension()
    {
        var rich = _bed.Join(codecs: TestClient.NativeCodecs);
        Plan(rich);
        Talk(520, _people);

        var cut = _bed.Heard(rich).Where(packet => packet.Header.Ssrc == _people[0].Ssrc).ToList();
        cut[^5..].ShouldAllBe(packet => !packet.Header.Extension && IsSilence(packet));
    }

    [Fact]
    public void The_loudest_are_heard_where_clients_send_levels()
    {
        var loud = _bed.Join(codecs: TestClient.NativeCodecs);
        var quiet = Enumerable.Range(0, 4).Select(_ => _bed.Join(codecs: TestClient.NativeCodecs)).ToArray();
        _bed.Plan([.. quiet, loud, _listener]);
        for (var i = 0; i < 120; i++)
        {
            foreach (var person in quiet)
            {
                _bed.Deliver(person, WithLevel(person, 60));
            }

            _bed.Deliver(loud, WithLevel(loud, 20));
            _bed.Now += TimeSpan.FromMilliseconds(20);
        }

        HeardBySource().ShouldContainKey(loud.Ssrc.Value);
    }

    [Fact]
    public void Control_is_told_who_talks_unheard_and_who_is_heard_again()
    {
        Talk(50, _people);
        var unheard = _people[3..].Select(person => new MediaEdge.SourceHeard(_bed.Session(person).Id, person.Ssrc, IsHeard: false));
        Told().ShouldBe(unheard);

        Talk(30, _people[2..]);
        Talk(50, _people[2..]);
        Told().ShouldBe(_people[3..].Select(person => new MediaEdge.SourceHeard(_bed.Session(person).Id, person.Ssrc, IsHeard: true)));
    }

    [Fact]
    public void Nobody_is_told_of_a_word_that_was_let_in_late()
    {
        Talk(50, _people[..3]);
        Talk(20, _people[..2]);
        Talk(5, _people[0], _people[1], _people[3]);
        Talk(30, _people[1], _people[3]);
        Talk(5, _people[1], _people[3], _people[4]);
        Told().ShouldBeEmpty();
    }

    [Fact]
    public void A_muted_speaker_is_sent_no_silence_either()
    {
        Talk(50, _people);
        _bed.PlanSender(_people[0], sends: false, [.. _people[1..], _listener]);
        _bed.Heard(_listener);
        Talk(600, _people);

        HeardBySource().ShouldNotContainKey(_people[0].Ssrc.Value);
    }

    [Fact]
    public void New_tables_and_a_new_worker_change_nothing_of_who_is_heard()
    {
        Talk(50, _people);
        Plan();
        _bed.Restart();
        Plan();
        _bed.Heard(_listener);
        Talk(50, _people[4], _people[3], _people[2], _people[1], _people[0]);

        HeardBySource().Keys.ShouldBe(_people[..3].Select(person => person.Ssrc.Value), ignoreOrder: true);
    }

    [Fact]
    public void Video_is_not_touched()
    {
        var filmed = Enumerable.Range(0, 5).Select(_ => _bed.Join(codecs: TestClient.NativeCodecs)).ToArray();
        var viewer = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Plan([.. filmed, viewer]);
        foreach (var person in filmed)
        {
            _bed.Deliver(person, person.Media(103, person.Ssrc.Video, new byte[100]));
        }

        _bed.Heard(viewer).Count.ShouldBe(5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void With_no_limit_or_no_more_than_it_everybody_is_heard(int limit)
    {
        using var bed = new MediaBed(new MediaOptions { MaximumSpeakers = limit });
        var people = Enumerable.Range(0, 5).Select(_ => bed.Join()).ToArray();
        var listener = bed.Join();
        bed.Plan([.. people, listener]);
        foreach (var person in people)
        {
            bed.Deliver(person, person.Voice(1, 2, 3, 4));
        }

        bed.Heard(listener).Count.ShouldBe(5);
    }

    private static byte[] WithLevel(TestClient client, byte level)
    {
        var header = new RtpHeader
        {
            PayloadType = client.VoicePayloadType,
            SequenceNumber = client.Sequence++,
            Timestamp = client.Timestamp += 960,
            Ssrc = client.Ssrc,
            Extension = true,
        };
        var plain = new byte[RtpHeader.Length + 8 + 10];
        header.Write(plain);
        new byte[] { 0xBE, 0xDE, 0, 1, 0x10, level, 0, 0 }.CopyTo(plain, RtpHeader.Length);
        return client.SealPlain(plain);
    }

    private void Plan(params TestClient[] more) => _bed.Plan([.. _people, _listener, .. more]);

    // One packet each, then 20 ms.
    private void Talk(int rounds, params TestClient[] people)
    {
        for (var i = 0; i < rounds; i++)
        {
            foreach (var person in people)
            {
                _bed.Deliver(person, person.Voice((byte)i, 7, 7, 7, 7));
            }

            _bed.Now += TimeSpan.FromMilliseconds(20);
        }
    }

    private Dictionary<uint, List<HeardPacket>> HeardBySource() =>
        _bed.Heard(_listener).GroupBy(packet => packet.Header.Ssrc.Value).ToDictionary(packets => packets.Key, packets => packets.ToList());

    private static bool IsSilence(HeardPacket packet) => packet.Payload.AsSpan().SequenceEqual(OpusFrame.Silence);

    private IEnumerable<MediaEdge> Told() => _bed.TakeEdges().OfType<MediaEdge.SourceHeard>();
}
