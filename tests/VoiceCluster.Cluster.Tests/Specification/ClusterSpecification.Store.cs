using System.Collections.Immutable;
using System.Text;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Specification;

public abstract partial class ClusterSpecification
{
    private static readonly NodeIncarnation NodeA = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation NodeB = new(new NodeId("b"), 1);
    private static readonly Realm Realm = new("r");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_shard_has_one_owner_and_each_change_of_owner_raises_the_epoch()
    {
        var store = await CreateStoreAsync(Time);
        var shard = new ShardId(200);

        var first = await store.ClaimShardAsync(shard, NodeA, null, None);
        first.ShouldBe(new ShardClaim(shard, NodeA, 1));
        (await store.ClaimShardAsync(shard, NodeA, null, None)).ShouldBe(first);
        (await store.ClaimShardAsync(shard, NodeB, null, None)).ShouldBe(first);
        (await store.ClaimShardAsync(shard, NodeB, new NodeIncarnation(NodeA.Node, 2), None)).ShouldBe(first);

        var second = await store.ClaimShardAsync(shard, NodeB, NodeA, None);
        second.ShouldBe(new ShardClaim(shard, NodeB, 2));

        await store.ReleaseShardAsync(first, None);
        (await store.ClaimShardAsync(shard, NodeA, null, None)).ShouldBe(second);
        await store.ReleaseShardAsync(second, None);
        (await store.ClaimShardAsync(shard, NodeB, null, None)).ShouldBe(new ShardClaim(shard, NodeB, 3));
    }

    [Fact]
    public async Task Claims_that_race_agree_on_one_owner()
    {
        var stores = new[] { await CreateStoreAsync(Time), await CreateStoreAsync(Time) };
        var shard = new ShardId(3);

        var claims = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(() => stores[i % 2].ClaimShardAsync(shard, new NodeIncarnation(new NodeId($"n{i}"), 1), null, None))));

        claims.Distinct().ShouldHaveSingleItem().Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_write_with_an_older_epoch_is_refused_and_changes_nothing()
    {
        var store = await CreateStoreAsync(Time);
        var old = await store.ClaimShardAsync(Shared.Shard, NodeA, null, None);
        (await store.CommitAsync(old, CommitOf(Shared, "old", "old-token"), None)).ShouldBeTrue();
        var current = await store.ClaimShardAsync(Shared.Shard, NodeB, NodeA, None);

        (await store.CommitAsync(old, CommitOf(Shared, "refused", "refused-token"), None)).ShouldBeFalse();
        (await store.CommitAsync(old, CommitOf(Shared, null), None)).ShouldBeFalse();

        (await LoadTextAsync(store, Shared)).ShouldBe("old");
        (await store.LookupAsync(DirectoryIndex.Token, "refused-token", None)).ShouldBeEmpty();
        (await store.CommitAsync(current, CommitOf(Shared, "new", "new-token"), None)).ShouldBeTrue();
        (await LoadTextAsync(store, Shared)).ShouldBe("new");
    }

    [Fact]
    public async Task A_released_claim_writes_nothing()
    {
        var store = await CreateStoreAsync(Time);
        var claim = await store.ClaimShardAsync(Shared.Shard, NodeA, null, None);
        await store.ReleaseShardAsync(claim, None);

        (await store.CommitAsync(claim, CommitOf(Shared, "refused"), None)).ShouldBeFalse();
        (await store.LoadAsync(Shared.Kind, Shared.Key, None)).ShouldBeNull();
    }

    [Fact]
    public async Task An_entity_keeps_its_bytes_whatever_they_are_and_whatever_becomes_of_the_buffer()
    {
        var store = await CreateStoreAsync(Time);
        var claim = await store.ClaimShardAsync(Shared.Shard, NodeA, null, None);
        byte[] bytes = [0, 255, 1, 254];
        await store.CommitAsync(claim, new EntityCommit(Shared, "g", bytes, []), None);
        bytes[0] = 9;

        var stored = (await store.LoadAsync(Shared.Kind, Shared.Key, None)).ShouldNotBeNull();
        stored.State.ToArray().ShouldBe([0, 255, 1, 254]);
        (stored.Kind, stored.Key, stored.Group).ShouldBe((Shared.Kind, Shared.Key, "g"));
        (await store.LoadAsync(EntityKind.VoiceChannel, Shared.Key, None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_group_has_the_entities_that_were_last_committed_with_it()
    {
        var store = await CreateStoreAsync(Time);
        var claim = await store.ClaimShardAsync(Shared.Shard, NodeA, null, None);
        await CommitWithGroupAsync(store, claim, TestNode.Entity(1), "one");
        await CommitWithGroupAsync(store, claim, TestNode.Entity(2), "one");
        await CommitWithGroupAsync(store, claim, TestNode.Entity(3), "two");
        await CommitWithGroupAsync(store, claim, TestNode.Entity(2), "two");
        await CommitWithGroupAsync(store, claim, TestNode.Entity(3), null);

        (await GroupKeysAsync(store, "one")).ShouldBe(["r/7/1"]);
        (await GroupKeysAsync(store, "two")).ShouldBe(["r/7/2"]);
        await store.CommitAsync(claim, CommitOf(TestNode.Entity(1), null), None);
        (await GroupKeysAsync(store, "one")).ShouldBeEmpty();
        (await store.LoadGroupAsync(EntityKind.VoiceChannel, "two", None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_replaces_the_entitys_directory_entries_and_no_others()
    {
        var store = await CreateStoreAsync(Time);
        var claim = await store.ClaimShardAsync(Shared.Shard, NodeA, null, None);
        await store.CommitAsync(claim, CommitOf(TestNode.Entity(1), "x", "shared", "only-1"), None);
        await store.CommitAsync(claim, CommitOf(TestNode.Entity(2), "x", "shared"), None);
        (await LookupAsync(store, "shared")).ShouldBe(["r/7/1", "r/7/2"]);

        await store.CommitAsync(claim, CommitOf(TestNode.Entity(1), "x", "new"), None);
        (await LookupAsync(store, "shared")).ShouldBe(["r/7/2"]);
        (await LookupAsync(store, "only-1")).ShouldBeEmpty();
        (await LookupAsync(store, "new")).ShouldBe(["r/7/1"]);
        (await store.LookupAsync(DirectoryIndex.Session, "new", None)).ShouldBeEmpty();

        await store.CommitAsync(claim, CommitOf(TestNode.Entity(1), null), None);
        (await LookupAsync(store, "new")).ShouldBeEmpty();
        (await store.LoadAsync(EntityKind.VoiceState, "r/7/1", None)).ShouldBeNull();
    }

    [Fact]
    public async Task The_directory_finds_what_entities_were_committed_with()
    {
        var store = await CreateStoreAsync(Time);
        var directory = new VoiceDirectory(store, Time);
        var channel = new ChannelKey(Realm, new Snowflake(7), new Snowflake(70));
        var call = new ChannelKey(Realm, null, new Snowflake(71));
        var state = new VoiceStateKey(Realm, new Snowflake(7), new Snowflake(1));
        var other = new VoiceStateKey(Realm, new Snowflake(8), new Snowflake(1));
        await CommitEntriesAsync(store, EntityAddress.Of(channel), DirectoryKeys.EntryOf(channel), DirectoryKeys.EntryOfToken(DirectoryKeys.Token("channel token"), channel));
        await CommitEntriesAsync(store, EntityAddress.Of(call), DirectoryKeys.EntryOf(call), DirectoryKeys.EntryOfToken(DirectoryKeys.Token("call token"), call));
        await CommitEntriesAsync(store, EntityAddress.Of(state), DirectoryKeys.EntryOf("s1", state), DirectoryKeys.EntryOfToken(DirectoryKeys.Token("user token"), state));
        await CommitEntriesAsync(store, EntityAddress.Of(other), DirectoryKeys.EntryOf("s1", other));

        (await directory.FindChannelAsync(Realm, new Snowflake(70), None)).ShouldBe(channel);
        (await directory.FindChannelAsync(Realm, new Snowflake(71), None)).ShouldBe(call);
        (await directory.FindChannelAsync(new Realm("other"), new Snowflake(70), None)).ShouldBeNull();
        (await directory.FindSessionAsync(Realm, "s1", None)).ShouldBe([state, other], ignoreOrder: true);
        (await directory.FindSessionAsync(Realm, "s2", None)).ShouldBeEmpty();
        (await directory.FindTokenAsync("user token", None)).ShouldBe(new TokenGrant.ToVoiceState(state));
        (await directory.FindTokenAsync("channel token", None)).ShouldBe(new TokenGrant.ToChannel(channel));
        (await directory.FindTokenAsync("call token", None)).ShouldBe(new TokenGrant.ToChannel(call));
        (await directory.FindTokenAsync("User token", None)).ShouldBeNull();
    }

    private static EntityCommit CommitOf(EntityAddress entity, string? state, params string[] tokens) =>
        new(
            entity,
            Group: null,
            state is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(state),
            [.. tokens.Select(token => new DirectoryEntry(DirectoryIndex.Token, token, entity.Key))]);

    private static Task<bool> CommitWithGroupAsync(IClusterStore store, ShardClaim claim, EntityAddress entity, string? group) =>
        store.CommitAsync(claim, new EntityCommit(entity, group, new byte[] { 1 }, []), None);

    private static async Task CommitEntriesAsync(IClusterStore store, EntityAddress entity, params DirectoryEntry[] entries)
    {
        var claim = await store.ClaimShardAsync(entity.Shard, NodeA, null, None);
        (await store.CommitAsync(claim, new EntityCommit(entity, null, new byte[] { 1 }, [.. entries]), None)).ShouldBeTrue();
    }

    private static async Task<string> LoadTextAsync(IClusterStore store, EntityAddress entity) =>
        Encoding.UTF8.GetString((await store.LoadAsync(entity.Kind, entity.Key, None)).ShouldNotBeNull().State.Span);

    private static async Task<IEnumerable<string>> GroupKeysAsync(IClusterStore store, string group) =>
        (await store.LoadGroupAsync(EntityKind.VoiceState, group, None)).Select(entity => entity.Key).Order(StringComparer.Ordinal);

    private static async Task<ImmutableArray<string>> LookupAsync(IClusterStore store, string token) =>
        (await store.LookupAsync(DirectoryIndex.Token, token, None)).Sort(StringComparer.Ordinal);
}
