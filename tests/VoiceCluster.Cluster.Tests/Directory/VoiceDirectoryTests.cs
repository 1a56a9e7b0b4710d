using System.Diagnostics.Metrics;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Directory;

public sealed class VoiceDirectoryTests
{
    private static readonly Realm Realm = new("r");
    private static readonly Snowflake Channel = new(70);

    private readonly ManualTimeProvider _time = new();
    private readonly IEntityStore _store = Substitute.For<IEntityStore>();

    [Fact]
    public async Task What_has_changed_is_found_at_once()
    {
        var directory = Create();
        Answer("r/70", "7");

        (await FindAsync(directory)).ShouldBe(new Snowflake(7));
        Answer("r/70", "8");
        (await FindAsync(directory)).ShouldBe(new Snowflake(8));
    }

    [Fact]
    public async Task What_was_not_found_is_asked_again()
    {
        var directory = Create();
        Answer("r/70");
        (await directory.FindChannelAsync(Realm, Channel, default)).ShouldBeNull();

        Answer("r/70", "7");
        (await FindAsync(directory)).ShouldBe(new Snowflake(7));
    }

    [Fact]
    public async Task With_the_store_away_what_was_found_goes_on_and_the_rest_is_unknown_and_both_are_counted()
    {
        var counted = new List<string?>();
        using var listener = Listen(counted);
        var directory = Create();
        Answer("r/70", "7");
        await FindAsync(directory);
        _store.LookupAsync(default, "", default).ThrowsAsyncForAnyArgs(new StoreUnavailableException("away"));
        _time.Advance(TimeSpan.FromMinutes(1));

        (await FindAsync(directory)).ShouldBe(new Snowflake(7));
        (await directory.FindChannelAsync(Realm, new Snowflake(71), default)).ShouldBeNull();
        (await directory.FindTokenAsync("token", default)).ShouldBeNull();
        (await directory.FindSessionAsync(Realm, "s", default)).ShouldBeEmpty();

        counted.ShouldBe(["cached", "unknown", "unknown", "unknown"]);
        _time.Advance(TimeSpan.FromMinutes(10));
        (await directory.FindChannelAsync(Realm, Channel, default)).ShouldBeNull();
    }

    [Fact]
    public async Task The_oldest_goes_when_the_cache_is_full()
    {
        var directory = Create(new VoiceDirectoryOptions { CacheCapacity = 2 });
        Answer("r/70", "7");
        Answer("r/71", "7");
        Answer("r/72", "7");
        foreach (var channel in new ulong[] { 70, 71, 72 })
        {
            await directory.FindChannelAsync(Realm, new Snowflake(channel), default);
        }

        _store.LookupAsync(default, "", default).ThrowsAsyncForAnyArgs(new StoreUnavailableException("away"));
        (await directory.FindChannelAsync(Realm, new Snowflake(72), default))!.Value.GuildId.ShouldBe(new Snowflake(7));
        (await directory.FindChannelAsync(Realm, new Snowflake(70), default)).ShouldBeNull();
    }

    [Fact]
    public async Task Values_that_cannot_be_read_are_passed_over()
    {
        var directory = Create();
        Answer("r/70", "x", "7");
        _store.LookupAsync(DirectoryIndex.Session, "r/s", Arg.Any<CancellationToken>()).Returns(["x", "other/7/1", "r/7/1"]);

        (await FindAsync(directory)).ShouldBe(new Snowflake(7));
        (await directory.FindSessionAsync(Realm, "s", default)).ShouldBe([new VoiceStateKey(Realm, new Snowflake(7), new Snowflake(1))]);
    }

    private static async Task<Snowflake?> FindAsync(VoiceDirectory directory) =>
        (await directory.FindChannelAsync(Realm, Channel, default)).ShouldNotBeNull().GuildId;

    private static MeterListener Listen(List<string?> answers)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "voicecluster.directory.store_unavailable")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => answers.Add((string?)tags[0].Value));
        listener.Start();
        return listener;
    }

    private VoiceDirectory Create(VoiceDirectoryOptions? options = null) => new(_store, _time, options);

    private void Answer(string key, params string[] values) =>
        _store.LookupAsync(DirectoryIndex.Channel, key, Arg.Any<CancellationToken>()).Returns([.. values]);
}
