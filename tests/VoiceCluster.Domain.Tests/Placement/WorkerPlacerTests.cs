using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Domain.Tests.Placement;

public sealed class WorkerPlacerTests
{
    [Fact]
    public void A_channel_stays_on_its_worker_while_there_is_room() =>
        Choose(Worker(0, 0.1), Worker(1, 0.7, serves: true)).ShouldBe(1);

    [Fact]
    public void A_channel_grows_onto_the_least_loaded_worker_when_its_own_is_overloaded() =>
        Choose(Worker(0, 0.3), Worker(1, 0.8, serves: true), Worker(2, 0.2)).ShouldBe(2);

    [Fact]
    public void When_all_are_overloaded_the_channels_own_worker_goes_on_until_it_is_full()
    {
        Choose(Worker(0, 0.85), Worker(1, 0.95, serves: true)).ShouldBe(1);
        Choose(Worker(0, 0.85), Worker(1, 1, serves: true)).ShouldBe(0);
    }

    [Fact]
    public void When_all_are_full_the_channels_own_worker_goes_on_for_a_measured_load_refuses_nobody()
    {
        Choose(Worker(0, 1), Worker(1, 1.4, serves: true)).ShouldBe(1);
        Choose(Worker(0, 1.1), Worker(1, 1)).ShouldBe(1);
    }

    [Fact]
    public void A_worker_that_takes_no_sessions_gets_none()
    {
        Choose(Worker(0, 0, serves: true) with { TakesSessions = false }, Worker(1, 1)).ShouldBe(1);
        Choose(Worker(0, 0) with { TakesSessions = false }).ShouldBeNull();
    }

    [Fact]
    public void Sessions_tell_idle_workers_apart() =>
        Choose(Worker(0, 0) with { Sessions = 3 }, Worker(1, 0) with { Sessions = 2 }, Worker(2, 0) with { Sessions = 2 }).ShouldBe(1);

    [Fact]
    public void Without_workers_there_is_no_place() => Choose().ShouldBeNull();

    private static int? Choose(params ReadOnlySpan<WorkerLoad> workers) => WorkerPlacer.Choose(workers, new PlacementOptions());

    private static WorkerLoad Worker(int index, double load, bool serves = false) => new(index, TakesSessions: true, load, Sessions: 0, serves);
}
