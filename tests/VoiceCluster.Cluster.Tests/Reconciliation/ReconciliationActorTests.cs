using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Reconciliation;

public sealed class ReconciliationActorTests
{
    private const int Sessions = 50;
    private static readonly Realm Realm = new("default");
    private static readonly ChannelKey Channel = new(Realm, new Snowflake(20), new Snowflake(30));
    private static readonly NodeIncarnation Self = new(new NodeId("node-1"), 7);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(10);
    private static readonly MembershipTable NoMembers = new([]);

    private readonly LocalSessions _held = new();
    private readonly BelievedClaims _believed = new();
    private readonly List<IActorMessage> _told = [];
    private readonly IActorContext _context = Substitute.For<IActorContext>();
    private TimeSpan _next;
    private IActorMessage? _due;

    public ReconciliationActorTests()
    {
        var host = Substitute.For<IEntityHost>();
        host.Node.Returns(Self);
        host.Tell(Arg.Any<ActorAddress>(), Arg.Do<IActorMessage>(_told.Add)).Returns(true);
        _context.Host.Returns(host);
        _context.SetTimer(Arg.Any<string>(), Arg.Do<TimeSpan>(due => _next = due), Arg.Do<IActorMessage>(message => _due = message));
        for (var i = 0; i < Sessions; i++)
        {
            Hold(NewClaim(Self.Node));
        }
    }

    [Fact]
    public async Task In_a_cluster_each_session_reports_itself_in_each_round()
    {
        await RunAsync(() => NoMembers, losses: static () => 0, Round * 12);
        _told.OfType<ReportSession>().Count().ShouldBe(12 * Sessions);
    }

    [Fact]
    public async Task Alone_each_session_reports_itself_every_five_minutes()
    {
        await RunAsync(members: null, losses: static () => 0, Round * 60);
        _told.OfType<ReportSession>().Count().ShouldBeInRange(Sessions, 3 * Sessions);
    }

    [Fact]
    public async Task Alone_a_round_follows_whatever_was_lost()
    {
        var losses = 0L;
        await RunAsync(members: null, () => ++losses, Round * 12);
        _told.OfType<ReportSession>().Count().ShouldBe(12 * Sessions);
    }

    [Fact]
    public async Task A_loss_is_followed_by_one_round_only()
    {
        var losses = 0L;
        var actor = await StartAsync(members: null, () => losses);
        await PassAsync(actor, Round * 2);
        _told.Clear();
        losses = 1;
        await PassAsync(actor, Round * 3);
        _told.OfType<ReportSession>().Count().ShouldBe(Sessions);
    }

    [Fact]
    public async Task A_claim_that_is_held_here_is_not_asked_for_and_one_that_is_not_is()
    {
        var held = NewClaim(Self.Node);
        Hold(held);
        var lost = NewClaim(Self.Node);
        Believe("held", held);
        Believe("lost", lost);
        await RunAsync(() => NoMembers, losses: static () => 0, Round);
        _told.OfType<ConfirmClaims>().ShouldHaveSingleItem().Claims.ShouldHaveSingleItem().ClaimId.ShouldBe(lost.ClaimId);
    }

    [Fact]
    public async Task Claims_of_other_nodes_are_asked_for()
    {
        var elsewhere = NewClaim(new NodeId("node-2"));
        Believe("elsewhere", elsewhere);
        await RunAsync(() => NoMembers, losses: static () => 0, Round);
        _told.OfType<ConfirmClaims>().ShouldHaveSingleItem().Claims.ShouldHaveSingleItem().ClaimId.ShouldBe(elsewhere.ClaimId);
    }

    private static VoiceClaim NewClaim(NodeId node) => new(Guid.NewGuid(), new GatewayAddress(node, "gateway"));

    private static VoiceStateKey State() => new(Realm, Channel.ScopeId, new Snowflake(1));

    private void Hold(VoiceClaim claim) => _held.Begin(new NodeSession(claim.ClaimId, State(), Channel, claim.Gateway));

    private void Believe(string key, VoiceClaim claim) => _believed.Set(key, State(), [claim], this);

    private async Task<ReconciliationActor> StartAsync(Func<MembershipTable>? members, Func<long> losses)
    {
        var actor = new ReconciliationActor(_held, _believed, members, losses, NullLogger<ReconciliationActor>.Instance) { Context = _context };
        await actor.StartAsync(CancellationToken.None);
        return actor;
    }

    private async Task RunAsync(Func<MembershipTable>? members, Func<long> losses, TimeSpan duration) =>
        await PassAsync(await StartAsync(members, losses), duration);

    private async Task PassAsync(ReconciliationActor actor, TimeSpan duration)
    {
        for (var left = duration; left >= _next;)
        {
            left -= _next;
            await actor.ReceiveAsync(_due!, CancellationToken.None);
        }
    }
}
