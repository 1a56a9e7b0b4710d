using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class WaitingPacketsTests
{
    private static readonly byte[] Bytes = GC.AllocateArray<byte>(2000, pinned: true);

    private readonly WaitingPackets _waiting = new();
    private readonly MediaSource _first = new(new Ssrc(1));
    private readonly MediaSource _second = new(new Ssrc(2));
    private readonly MediaSource _third = new(new Ssrc(3));
    private readonly ChannelRoute _route = RouteTo(10);
    private readonly ChannelRoute _other = RouteTo(10);
    private long _sequence;

    [Fact]
    public void Packets_of_one_source_keep_their_order_whatever_their_lengths()
    {
        Add(_first, 10, 30, 20, 30);
        Lengths().ShouldBe([10, 30, 20, 30]);
    }

    [Fact]
    public void Packets_of_several_sources_come_longest_first()
    {
        Add(_first, 10);
        Add(_second, 30);
        Add(_third, 20);
        Lengths().ShouldBe([30, 20, 10]);
    }

    [Fact]
    public void Equally_long_ones_keep_their_order()
    {
        Add(_first, 10);
        Add(_second, 10);
        Add(_third, 10);
        Channel(0).Select(packet => packet.Source).ShouldBe([_first, _second, _third]);
    }

    [Fact]
    public void A_source_stays_together_and_the_one_with_the_longest_packet_comes_first()
    {
        Add(_first, 20, 11);
        Add(_second, 30, 12);
        Add(_first, 40);
        Add(_third, 25, 50);
        Add(_second, 31);
        Lengths().ShouldBe([30, 12, 31, 25, 50, 20, 11, 40]);
    }

    [Fact]
    public void Channels_stay_together_in_the_order_in_which_they_came()
    {
        Add(_first, 10);
        _waiting.TryAdd(Packet(_second, 40), _other).ShouldBeTrue();
        Add(_first, 11);
        _waiting.TryAdd(Packet(_third, 50), _other).ShouldBeTrue();

        Lengths().ShouldBe([10, 11]);
        Channel(2).Select(packet => packet.Payload.Length).ShouldBe([50, 40]);
        _waiting.Count.ShouldBe(4);
    }

    [Fact]
    public void A_source_is_not_taken_by_two_routes_at_once()
    {
        Add(_first, 10);
        Add(_second, 10);
        _waiting.TryAdd(Packet(_first, 10), _other).ShouldBeFalse();

        _waiting.Clear();
        _waiting.TryAdd(Packet(_first, 10), _other).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(65, 63)]
    [InlineData(1000, 4)]
    [InlineData(4096, 1)]
    [InlineData(10_000, 1)]
    public void They_are_full_with_64_packets_or_when_another_one_would_make_over_4096_copies(int listeners, int packets)
    {
        var route = RouteTo(listeners);
        for (var i = 1; i <= packets; i++)
        {
            _waiting.IsFull.ShouldBeFalse();
            _waiting.TryAdd(Packet(_first, 10), route).ShouldBeTrue();
        }

        _waiting.IsFull.ShouldBeTrue();
        _waiting.Clear();
        _waiting.IsFull.ShouldBeFalse();
        _waiting.Count.ShouldBe(0);
    }

    private static ChannelRoute RouteTo(int listeners) => ChannelRoute.Silent with { Sinks = new int[listeners] };

    private void Add(MediaSource source, params int[] lengths)
    {
        foreach (var length in lengths)
        {
            _waiting.TryAdd(Packet(source, length), _route).ShouldBeTrue();
        }
    }

    private ForwardedPacket Packet(MediaSource source, int length) => new()
    {
        SenderSlot = 0,
        Source = source,
        Meaning = new PayloadMeaning(MediaKind.Audio, 0),
        Marker = false,
        Sequence = _sequence++,
        Timestamp = 0,
        IsRestart = false,
        Payload = Bytes.AsSpan(0, length),
        ExtendedPayload = Bytes.AsSpan(0, length),
    };

    private WaitingPacket[] Channel(int begin) => _waiting.Channel(begin).ToArray();

    private int[] Lengths() => [.. Channel(0).Select(packet => packet.Payload.Length)];
}
