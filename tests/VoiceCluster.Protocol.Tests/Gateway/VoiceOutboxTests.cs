using System.Text;
using System.Text.Json;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceOutboxTests
{
    private readonly VoiceOutbox _outbox = new(new VoiceGatewayVersion(8));

    [Fact]
    public void Append_numbers_from_1()
    {
        SequenceOf(Append()).ShouldBe(1);
        SequenceOf(Append()).ShouldBe(2);
        _outbox.LastSequence.ShouldBe((ushort)2);
    }

    [Fact]
    public void Append_after_65535_skips_0()
    {
        AppendUpTo(65535);

        SequenceOf(Append()).ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void TryReplay_of_a_client_that_received_nothing_gives_all(long sequenceAck)
    {
        AppendUpTo(3);

        Replay(sequenceAck).ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData(1, new[] { 2, 3 })]
    [InlineData(2, new[] { 3 })]
    [InlineData(3, new int[0])]
    [InlineData(65536 + 2, new[] { 3 })]
    [InlineData(-65534, new[] { 3 })]
    public void TryReplay_gives_what_came_after(long sequenceAck, int[] expected)
    {
        AppendUpTo(3);

        Replay(sequenceAck).ShouldBe(expected);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(65535)]
    [InlineData(-2)]
    [InlineData(30000)]
    public void TryReplay_of_a_number_never_sent_fails(long sequenceAck)
    {
        AppendUpTo(3);

        _outbox.TryReplay(new SequenceAck(sequenceAck), out _).ShouldBeFalse();
    }

    [Fact]
    public void TryReplay_of_a_new_outbox_gives_nothing_to_a_client_that_received_nothing()
    {
        Replay(-1).ShouldBeEmpty();
        _outbox.TryReplay(new SequenceAck(1), out _).ShouldBeFalse();
    }

    [Fact]
    public void TryReplay_gives_the_very_bytes_that_were_sent()
    {
        _ = Append();
        var second = Append();

        _outbox.TryReplay(new SequenceAck(1), out var frames).ShouldBeTrue();

        frames.ShouldHaveSingleItem().ShouldBe(second);
    }

    [Fact]
    public void TryReplay_reaches_back_over_the_last_512_and_no_further()
    {
        AppendUpTo(700);

        _outbox.Count.ShouldBe(512);
        _outbox.Overflowed.ShouldBe(188);
        Replay(188).Length.ShouldBe(512);
        _outbox.TryReplay(new SequenceAck(187), out _).ShouldBeFalse();
        _outbox.TryReplay(default, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(65530, new[] { 65531, 65532, 65533, 65534, 65535, 1, 2, 3 })]
    [InlineData(-6, new[] { 65531, 65532, 65533, 65534, 65535, 1, 2, 3 })]
    [InlineData(65535, new[] { 1, 2, 3 })]
    [InlineData(-1, new[] { 1, 2, 3 })]
    [InlineData(1, new[] { 2, 3 })]
    [InlineData(3, new int[0])]
    public void TryReplay_across_the_wrap(long sequenceAck, int[] expected)
    {
        AppendUpTo(65535);
        AppendUpTo(3);

        Replay(sequenceAck).ShouldBe(expected);
    }

    [Fact]
    public void Acknowledge_lets_go_of_all_but_a_short_tail()
    {
        AppendUpTo(100);

        _outbox.Acknowledge(new SequenceAck(90));

        _outbox.Count.ShouldBe(10 + VoiceOutbox.AcknowledgedTail);
        _outbox.Overflowed.ShouldBe(0);
        Replay(90).Length.ShouldBe(10);
        Replay(74).Length.ShouldBe(26);
        _outbox.TryReplay(new SequenceAck(73), out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    [InlineData(40000)]
    public void Acknowledge_of_nothing_or_of_a_number_never_sent_changes_nothing(long sequenceAck)
    {
        AppendUpTo(100);

        _outbox.Acknowledge(new SequenceAck(sequenceAck));

        _outbox.Count.ShouldBe(100);
    }

    [Fact]
    public void Append_keeps_no_more_bytes_than_the_limit()
    {
        var manyUsers = new ClientsConnectEvent(Enumerable.Range(1, 1000).Select(id => new Snowflake(ulong.MaxValue - (ulong)id)).ToValueArray());
        for (var index = 0; index < 50; index++)
        {
            _ = _outbox.Append(manyUsers);
        }

        _outbox.Bytes.ShouldBeLessThanOrEqualTo(VoiceOutbox.MaxBytes);
        _outbox.Count.ShouldBe(VoiceOutbox.MaxBytes / (_outbox.Bytes / _outbox.Count));
        Replay(50).ShouldBeEmpty();
    }

    [Fact]
    public void Append_keeps_one_message_that_is_longer_than_the_limit()
    {
        _ = _outbox.Append(new ClientsConnectEvent(Enumerable.Range(1, 20_000).Select(id => new Snowflake(ulong.MaxValue - (ulong)id)).ToValueArray()));

        Replay(0).ShouldBe([1]);
    }

    [Fact]
    public void Below_version_8_nothing_is_numbered_or_kept()
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(7));

        Encoding.UTF8.GetString(outbox.Append(new ClientDisconnectEvent(new Snowflake(1))).Span).ShouldBe("""{"op":13,"d":{"user_id":"1"}}""");

        outbox.Count.ShouldBe(0);
        outbox.LastSequence.ShouldBe((ushort)0);
        outbox.TryReplay(new SequenceAck(12345), out var frames).ShouldBeTrue();
        frames.ShouldBeEmpty();
    }

    [Fact]
    public void An_event_the_version_does_not_have_takes_no_number()
    {
        new VoiceOutbox(new VoiceGatewayVersion(4)).Append(new MediaSinkWantsEvent(new MediaSinkWants(100))).IsEmpty.ShouldBeTrue();
    }

    private static int SequenceOf(ReadOnlyMemory<byte> frame)
    {
        using var document = JsonDocument.Parse(frame);
        return document.RootElement.GetProperty("seq").GetInt32();
    }

    private ReadOnlyMemory<byte> Append() => _outbox.Append(new ClientDisconnectEvent(new Snowflake(1)));

    private void AppendUpTo(int sequence)
    {
        do
        {
            _ = Append();
        }
        while (_outbox.LastSequence != sequence);
    }

    private int[] Replay(long sequenceAck)
    {
        _outbox.TryReplay(new SequenceAck(sequenceAck), out var frames).ShouldBeTrue();
        return [.. frames.Select(SequenceOf)];
    }
}
