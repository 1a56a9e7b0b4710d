using System.Text;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspOutboxTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Append_numbers_from_one_and_writes_the_number_at_the_root()
    {
        var outbox = new LvspOutbox();
        var first = outbox.Append("""{"type":1,"data":{}}"""u8, Start);
        var second = outbox.Append("""{"type":1,"data":{}}"""u8, Start);
        first.SequenceNumber.ShouldBe(1);
        LvspRig.Utf8(first.Frame).ShouldBe("""{"op":6,"s":1,"d":{"type":1,"data":{}}}""");
        LvspRig.Utf8(second.Frame).ShouldBe("""{"op":6,"s":2,"d":{"type":1,"data":{}}}""");
        outbox.HighestSent.ShouldBe(2);
    }

    [Fact]
    public void TryAppend_uses_no_number_for_what_the_form_cannot_say()
    {
        var outbox = new LvspOutbox();
        var notice = new ChannelBitrateInForce(new Snowflake(30), null, 64000);
        outbox.TryAppend(notice, LvspForm.Litecord, false, Start, out _).ShouldBeFalse();
        outbox.HighestSent.ShouldBe(0);
        outbox.TryAppend(notice, LvspForm.Document, false, Start, out var numbered).ShouldBeTrue();
        numbered.SequenceNumber.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, "1 2 3 4 5")]
    [InlineData(3, "4 5")]
    [InlineData(4, "5")]
    [InlineData(5, "")]
    public void TryReplay_from_anywhere_gives_exactly_the_rest(long seen, string expected)
    {
        var outbox = Filled(5);
        outbox.TryReplay(seen, Start, out var messages).ShouldBeTrue();
        string.Join(' ', messages.Select(Number)).ShouldBe(expected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1L)]
    [InlineData(6L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void TryReplay_from_nowhere_fails(long? seen)
    {
        Filled(5).TryReplay(seen, Start, out var messages).ShouldBeFalse();
        messages.ShouldBeEmpty();
    }

    [Fact]
    public void TryReplay_of_a_session_that_sent_nothing_succeeds_from_zero_only()
    {
        new LvspOutbox().TryReplay(0, Start, out var messages).ShouldBeTrue();
        messages.ShouldBeEmpty();
        new LvspOutbox().TryReplay(1, Start, out _).ShouldBeFalse();
    }

    [Fact]
    public void Forget_makes_older_replays_impossible_and_leaves_the_rest()
    {
        var outbox = Filled(5);
        outbox.Forget(3);
        outbox.Count.ShouldBe(2);
        outbox.TryReplay(2, Start, out _).ShouldBeFalse();
        outbox.TryReplay(3, Start, out var messages).ShouldBeTrue();
        messages.Length.ShouldBe(2);

        outbox.Forget(long.MaxValue);
        outbox.TryReplay(5, Start, out messages).ShouldBeTrue();
        messages.ShouldBeEmpty();
        outbox.HighestSent.ShouldBe(5);
        outbox.Forget(1);
        outbox.Append("{}"u8, Start).SequenceNumber.ShouldBe(6);
    }

    [Fact]
    public void Only_the_last_1024_are_kept()
    {
        var outbox = Filled(1030);
        outbox.Count.ShouldBe(1024);
        outbox.TryReplay(5, Start, out _).ShouldBeFalse();
        outbox.TryReplay(6, Start, out var messages).ShouldBeTrue();
        messages.Length.ShouldBe(1024);
    }

    [Fact]
    public void Nothing_is_kept_longer_than_five_minutes()
    {
        var outbox = Filled(3);
        outbox.Append("{}"u8, Start + TimeSpan.FromMinutes(1));
        outbox.TryReplay(0, Start + TimeSpan.FromMinutes(5), out var messages).ShouldBeTrue();
        messages.Length.ShouldBe(4);

        outbox.TryReplay(0, Start + TimeSpan.FromMinutes(5.1), out _).ShouldBeFalse();
        outbox.TryReplay(3, Start + TimeSpan.FromMinutes(5.1), out messages).ShouldBeTrue();
        messages.Length.ShouldBe(1);
    }

    [Fact]
    public void A_stored_outbox_goes_on_where_it_was()
    {
        var outbox = Filled(5);
        outbox.Forget(2);
        outbox.NextGeneration().ShouldBe(1);
        var loaded = new LvspOutbox(outbox.ToSnapshot());
        loaded.Generation.ShouldBe(1);
        loaded.HighestSent.ShouldBe(5);
        loaded.TryReplay(1, Start, out _).ShouldBeFalse();
        loaded.TryReplay(2, Start, out var messages).ShouldBeTrue();
        messages.Select(Number).ShouldBe([3L, 4L, 5L]);
        loaded.Append("{}"u8, Start).SequenceNumber.ShouldBe(6);
    }

    [Fact]
    public void A_stored_outbox_with_a_gap_is_refused()
    {
        var snapshot = Filled(3).ToSnapshot();
        Should.Throw<ArgumentException>(() => new LvspOutbox(snapshot with { Entries = snapshot.Entries.RemoveAt(1) }));
        Should.Throw<ArgumentException>(() => new LvspOutbox(snapshot with { HighestSent = 4 }));
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(0, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(6, 0)]
    [InlineData(99, 0)]
    public void What_is_kept_after_a_number_is_read_in_order(long after, int expected)
    {
        var outbox = Filled(6);
        outbox.Forget(2);
        outbox.After(after).Select(numbered => numbered.SequenceNumber).ShouldBe(new long[] { 3, 4, 5, 6 }[^expected..]);
    }

    [Fact]
    public void An_empty_outbox_has_nothing_after_any_number()
    {
        new LvspOutbox().After(0).ShouldBeEmpty();
        new LvspOutbox().After(7).ShouldBeEmpty();
    }

    private static LvspOutbox Filled(int count)
    {
        var outbox = new LvspOutbox();
        for (var i = 1; i <= count; i++)
        {
            outbox.Append(Encoding.UTF8.GetBytes($$"""{"n":{{i}}}"""), Start);
        }

        return outbox;
    }

    private static long Number(ReadOnlyMemory<byte> frame)
    {
        using var document = System.Text.Json.JsonDocument.Parse(frame);
        return document.RootElement.GetProperty("s").GetInt64();
    }
}
