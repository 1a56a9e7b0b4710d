using VoiceCluster.Client.Metrics;
using VoiceCluster.LoadGen.Bench;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class SoakAccountTests
{
    private const int FanOut = 10;

    [Fact]
    public void What_counters_tell_is_explained()
    {
        // 100 sent: 3 found the receive buffer full, 2 were too old, 95 became 950 copies, of which the send buffer had no room for 4.
        var account = Account(sent: 100, received: 97, forwarded: 95, copies: 946, ("receive_buffer_full", 3), ("too_old", 2), ("send_buffer_full", 4));
        account.Unexplained.ShouldBe(0);
        account.Explained.ShouldBe(9);
    }

    [Theory]
    [InlineData(101, 97, 95, 946)]
    [InlineData(100, 97, 94, 936)]
    [InlineData(100, 97, 95, 945)]
    public void What_no_counter_tells_is_not(long sent, long received, long forwarded, long copies) =>
        Account(sent, received, forwarded, copies, ("receive_buffer_full", 3), ("too_old", 2), ("send_buffer_full", 4)).Unexplained.ShouldBe(1);

    [Fact]
    public void Growth_is_in_percent_of_before() => Account(0, 0, 0, 0).HeapGrowth.ShouldBe(5, tolerance: 1e-9);

    private static SoakAccount Account(long sent, long received, long forwarded, long copies, params (string Reason, long Count)[] drops)
    {
        var before = Reading(1_000, 2_000, "dotnet_gc_last_collection_heap_size_bytes 100\nvoicecluster_media_forwarded_total 7", []);
        var page = $"dotnet_gc_last_collection_heap_size_bytes 105\nvoicecluster_media_forwarded_total {7 + forwarded}";
        return new SoakAccount(before, Reading(1_000 + received, 2_000 + copies, page, drops), sent, FanOut);
    }

    private static ForwarderReading Reading(long received, long copies, string page, (string Reason, long Count)[] drops) => new()
    {
        MonotonicNanoseconds = 0,
        CpuNanoseconds = 0,
        Received = received,
        Sent = copies,
        Drops = System.Collections.Immutable.ImmutableDictionary.CreateRange(drops.Select(drop => KeyValuePair.Create(drop.Reason, drop.Count))),
        Page = MetricsText.Parse(page),
        MachineSent = 0,
        CoreNanoseconds = [],
    };
}
