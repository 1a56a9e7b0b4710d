using VoiceCluster.Udp.Linux.Frames;

namespace VoiceCluster.Udp.Tests.Linux;

public sealed class NextHopTableTests
{
    private readonly NextHopTable _table = new();

    [Fact]
    public void What_nobody_asked_for_is_not_found()
    {
        _table.TryFind(0x0A000001, out var hop).ShouldBeFalse();
        hop.ShouldBeNull();
        _table.HasUnknown.ShouldBeFalse();
    }

    [Fact]
    public void A_destination_leads_to_its_next_hop_and_one_without_any_is_remembered_as_such()
    {
        var gateway = Hop(1);
        _table.TryAdd(0x0A000001, gateway).ShouldBeTrue();
        _table.TryAdd(0x0A000002, hop: null).ShouldBeTrue();

        _table.TryFind(0x0A000001, out var found).ShouldBeTrue();
        found.ShouldBeSameAs(gateway);
        _table.TryFind(0x0A000002, out var none).ShouldBeTrue();
        none.ShouldBeNull();
        _table.HasUnknown.ShouldBeTrue();
        _table.TryFindHop(gateway.Key, out var known).ShouldBeTrue();
        known.ShouldBeSameAs(gateway);
    }

    [Fact]
    public void Next_hops_are_found_by_their_neighbour_whatever_their_source()
    {
        var first = Hop(1, source: 5);
        var second = Hop(1, source: 6);
        _table.TryAdd(1, first);
        _table.TryAdd(2, second);
        _table.TryAdd(3, Hop(2));

        _table.FindOver(device: 4, neighbour: 1).ShouldBe([first, second], ignoreOrder: true);
        _table.FindOver(device: 5, neighbour: 1).ShouldBeEmpty();
    }

    [Fact]
    public void It_grows_to_its_limit_and_refuses_more()
    {
        var hops = Enumerable.Range(1, 100).Select(i => Hop((uint)i)).ToArray();
        for (var i = 1; i <= NextHopTable.MaximumDestinations; i++)
        {
            _table.TryAdd(AddressOf(i), hops[i % hops.Length]).ShouldBeTrue();
        }

        _table.TryAdd(AddressOf(NextHopTable.MaximumDestinations + 1), hops[0]).ShouldBeFalse();
        for (var i = 1; i <= NextHopTable.MaximumDestinations; i++)
        {
            _table.TryFind(AddressOf(i), out var hop).ShouldBeTrue();
            hop.ShouldBeSameAs(hops[i % hops.Length]);
        }
    }

    [Fact]
    public void More_next_hops_than_it_takes_are_refused()
    {
        for (var i = 1; i <= NextHopTable.MaximumNextHops; i++)
        {
            _table.TryAdd((uint)i, Hop((uint)i)).ShouldBeTrue();
        }

        _table.TryAdd(0x0B000000, Hop(0x0B000000)).ShouldBeFalse();
        _table.TryAdd(0x0B000000, Hop(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task Readers_find_the_right_hop_or_none_while_it_is_written()
    {
        const int Destinations = 20_000;
        var hops = Enumerable.Range(1, 8).Select(i => Hop((uint)i)).ToArray();
        using var done = new CancellationTokenSource();
        var wrong = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                for (var i = 1; i <= Destinations; i++)
                {
                    wrong += _table.TryFind(AddressOf(i), out var hop) && hop != hops[i % hops.Length] ? 1 : 0;
                }
            }
        })).ToArray();

        for (var i = 1; i <= Destinations; i++)
        {
            _table.TryAdd(AddressOf(i), hops[i % hops.Length]);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        wrong.ShouldBe(0);
    }

    private static uint AddressOf(int index) => 0x0A000000 + (uint)index;

    private static NextHop Hop(uint neighbour, uint source = 9) =>
        new(new NextHopKey(4, neighbour, source), new byte[6], new NetworkDevice(4, new byte[6], 1500));
}
