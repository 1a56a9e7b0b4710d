using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>How plans reach workers of nodes that the channel's owner has no link to.</summary>
public sealed class StoredPlansTests : IAsyncLifetime
{
    private static readonly NodeIncarnation Elsewhere = new(new NodeId("node-2"), 3);

    private readonly VoiceBed _bed = new();

    public Task InitializeAsync() => _bed.EnsureAsync();

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task A_plan_for_a_worker_of_another_node_is_stored_and_one_for_this_node_is_not()
    {
        var gateway = _bed.NewGateway("voice-1").Address;
        await _bed.EnterAsync(1, gateway);
        await _bed.EnterAsync(2, gateway, worker: new WorkerId(Elsewhere, 1));

        var plan = await StoredAsync(plan => plan.Relays.Length == 1);

        plan.Worker.ShouldBe(new WorkerId(Elsewhere, 1));
        plan.Sessions.ShouldHaveSingleItem().Session.ShouldBe(new MediaSessionId(2));
        (await _bed.Store.ReadPlansAsync(_bed.Worker.Node, 0, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_withdrawal_of_the_last_session_is_stored_too()
    {
        var session = await _bed.EnterAsync(2, _bed.NewGateway("voice-1").Address, worker: new WorkerId(Elsewhere, 1));
        await StoredAsync(plan => plan.Sessions.Length == 1);

        await _bed.AskAsync(new Domain.Channels.VoiceChannelCommand.DetachSession(session.ClaimId));

        await StoredAsync(plan => plan.Sessions.IsEmpty);
    }

    [Fact]
    public async Task What_was_stored_for_this_nodes_workers_reaches_them()
    {
        var claim = await _bed.Store.ClaimShardAsync(new ShardId(200), Elsewhere, null, CancellationToken.None);
        var reader = new StoredPlanReader(_bed.Store, _bed.Host, _bed.Worker.Node, _bed.Time, NullLogger<StoredPlanReader>.Instance);
        for (var version = 1; version <= 3; version++)
        {
            var plan = new ForwardingPlan(VoiceBed.Channel, claim.Epoch, version, _bed.Worker, 64_000, [new PlannedSession(new MediaSessionId(5), Sends: false, Receives: true)]);
            var bytes = JsonSerializer.SerializeToUtf8Bytes(new PublishPlan(plan), MessageJson.Default.PublishPlan);
            await _bed.Store.StorePlansAsync(claim, "c", [new PlanToStore(_bed.Worker, version, IsWithdrawal: false, bytes)], CancellationToken.None);

            await reader.ReadAsync(CancellationToken.None);

            var obeyed = await _bed.NextPlanAsync(published => published.Version == version);
            obeyed.Sessions.ShouldBe(plan.Sessions);
        }
    }

    [Fact]
    public async Task One_reading_takes_in_more_than_the_store_gives_at_once()
    {
        var claim = await _bed.Store.ClaimShardAsync(new ShardId(200), Elsewhere, null, CancellationToken.None);
        var reader = new StoredPlanReader(_bed.Store, _bed.Host, _bed.Worker.Node, _bed.Time, NullLogger<StoredPlanReader>.Instance);
        for (var channel = 0; channel < 2 * IPlanStore.PlansPerReading; channel++)
        {
            await _bed.Store.StorePlansAsync(claim, $"bad {channel}", [new PlanToStore(_bed.Worker, 1, IsWithdrawal: false, "{"u8.ToArray())], CancellationToken.None);
        }

        var plan = new ForwardingPlan(VoiceBed.Channel, claim.Epoch, 1, _bed.Worker, 64_000, []);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new PublishPlan(plan), MessageJson.Default.PublishPlan);
        await _bed.Store.StorePlansAsync(claim, "last", [new PlanToStore(_bed.Worker, 1, IsWithdrawal: false, bytes)], CancellationToken.None);

        await reader.ReadAsync(CancellationToken.None);

        (await _bed.NextPlanAsync(_ => true)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task What_cannot_be_read_hinders_nothing_that_can()
    {
        var claim = await _bed.Store.ClaimShardAsync(new ShardId(200), Elsewhere, null, CancellationToken.None);
        var reader = new StoredPlanReader(_bed.Store, _bed.Host, _bed.Worker.Node, _bed.Time, NullLogger<StoredPlanReader>.Instance);
        var plan = new ForwardingPlan(VoiceBed.Channel, claim.Epoch, 1, _bed.Worker, 64_000, []);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new PublishPlan(plan), MessageJson.Default.PublishPlan);
        await _bed.Store.StorePlansAsync(claim, "bad", [new PlanToStore(_bed.Worker, 1, IsWithdrawal: false, "{"u8.ToArray())], CancellationToken.None);
        await _bed.Store.StorePlansAsync(claim, "good", [new PlanToStore(_bed.Worker, 1, IsWithdrawal: false, bytes)], CancellationToken.None);

        await reader.ReadAsync(CancellationToken.None);

        (await _bed.NextPlanAsync(_ => true)).Version.ShouldBe(1);
    }

    private async Task<ForwardingPlan> StoredAsync(Func<ForwardingPlan, bool> fits)
    {
        ForwardingPlan? found = null;

        // What is stored together, and planned together, waits for made time.
        await _bed.Time.AdvanceUntilAsync(async () => (found = await FindAsync(fits)) is not null, TimeSpan.FromMilliseconds(50));
        return found!;
    }

    private async Task<ForwardingPlan?> FindAsync(Func<ForwardingPlan, bool> fits)
    {
        var stored = await _bed.Store.ReadPlansAsync(Elsewhere, 0, CancellationToken.None);
        return stored
            .Select(plan => JsonSerializer.Deserialize(plan.Bytes.Span, MessageJson.Default.PublishPlan)!.Plan)
            .FirstOrDefault(fits);
    }
}
