using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>When a channel makes plans. Its requests are asked, so that each was handled before the next; the clock only moves when a test says so.</summary>
public sealed class PlanIntervalTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly VoiceBed _bed = new();
    private readonly Dictionary<ulong, Guid> _claims = [];

    public async Task InitializeAsync()
    {
        await _bed.EnsureAsync();
        await EnterAsync(1);
        (await PlansAsync()).ShouldHaveSingleItem().Sessions.Length.ShouldBe(1);
    }

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task The_last_join_is_in_a_plan_when_the_interval_is_over()
    {
        await EnterAsync(2);
        _bed.Time.Advance(Interval / 2);
        await EnterAsync(3);
        (await PlansAsync()).ShouldBeEmpty();

        _bed.Time.Advance(Interval / 2);

        (await PlansAsync()).ShouldHaveSingleItem().Sessions.Length.ShouldBe(3);
        _bed.Time.Advance(Interval);
        (await PlansAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_join_after_a_quiet_interval_is_planned_at_once()
    {
        _bed.Time.Advance(Interval + TimeSpan.FromMilliseconds(1));
        await EnterAsync(2);
        (await PlansAsync()).ShouldHaveSingleItem().Sessions.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_burst_of_joins_makes_at_most_one_plan_for_each_interval()
    {
        const int joins = 500;
        var plans = new List<ForwardingPlan>();
        for (var user = 2UL; user < joins + 2; user++)
        {
            _bed.Time.Advance(TimeSpan.FromMilliseconds(1));
            await EnterAsync(user);
            plans.AddRange(await PlansAsync());
        }

        _bed.Time.Advance(Interval);
        plans.AddRange(await PlansAsync());

        plans.Count.ShouldBeLessThanOrEqualTo(1 + (int)(TimeSpan.FromMilliseconds(joins) / Interval));
        plans[^1].Sessions.Length.ShouldBe(joins + 1);
        plans.Select(plan => plan.Version).ShouldBeInOrder();
    }

    [Theory]
    [InlineData("mute")]
    [InlineData("suppress")]
    [InlineData("deaf")]
    [InlineData("self deaf")]
    public async Task A_silence_is_planned_without_delay_with_all_that_waited(string silence)
    {
        await EnterAsync(2);

        await _bed.AskAsync(new VoiceChannelCommand.ProjectMember(new Snowflake(1), 2, FlagsOf(silence)));

        var plan = (await PlansAsync()).ShouldHaveSingleItem();
        plan.Sessions.Length.ShouldBe(2);
        plan.Sessions.Count(session => session.Sends && session.Receives).ShouldBe(1);
        _bed.Time.Advance(Interval);
        (await PlansAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_removal_is_planned_without_delay()
    {
        await EnterAsync(2);
        await EnterAsync(3);

        await _bed.AskAsync(new VoiceChannelCommand.RemoveMember(new Snowflake(2), 2));
        Sessions((await PlansAsync()).ShouldHaveSingleItem()).ShouldBe(new ulong[] { 1, 3 }, ignoreOrder: true);

        await _bed.AskAsync(new VoiceChannelCommand.DetachSession(_claims[3]));
        Sessions((await PlansAsync()).ShouldHaveSingleItem()).ShouldBe(new ulong[] { 1 });

        await _bed.AskAsync(new VoiceChannelCommand.Destroy());
        Sessions((await PlansAsync()).ShouldHaveSingleItem()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_end_of_silence_waits_for_the_interval()
    {
        await _bed.AskAsync(new VoiceChannelCommand.ProjectMember(new Snowflake(1), 2, FlagsOf("mute")));
        (await PlansAsync()).ShouldHaveSingleItem();

        await _bed.AskAsync(new VoiceChannelCommand.ProjectMember(new Snowflake(1), 3, default));

        (await PlansAsync()).ShouldBeEmpty();
        _bed.Time.Advance(Interval);
        (await PlansAsync()).ShouldHaveSingleItem().Sessions.ShouldAllBe(session => session.Sends);
    }

    [Fact]
    public async Task Who_is_not_in_the_call_yet_costs_no_plan()
    {
        _bed.Time.Advance(Interval + TimeSpan.FromMilliseconds(1));
        await _bed.AskAsync(new VoiceChannelCommand.ProjectMember(new Snowflake(2), 1, FlagsOf("mute")));
        await _bed.AskAsync(new VoiceChannelCommand.AttachSession(SessionOf(2)));
        await _bed.AskAsync(new VoiceChannelCommand.RemoveMember(new Snowflake(2), 2));
        (await PlansAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_worker_that_cannot_be_told_is_told_again_ever_more_seldom_and_not_once_its_process_is_lost()
    {
        var gone = new WorkerId(new NodeIncarnation(new NodeId("gone"), 5), 0);
        await EnterAsync(2, gone);
        (await PlansWithinAsync(TimeSpan.FromSeconds(20))).ShouldBeInRange(15, 30);
        (await PlansWithinAsync(TimeSpan.FromSeconds(20))).ShouldBeInRange(18, 22);

        _bed.Placement.Lost.Add(gone.Node.Node);
        await _bed.AskAsync(new VoiceChannelCommand.DetachSession(_claims[2]));
        await PlansAsync();

        (await PlansWithinAsync(TimeSpan.FromSeconds(20))).ShouldBe(0);
    }

    private async Task<int> PlansWithinAsync(TimeSpan duration)
    {
        var plans = 0;
        for (var passed = TimeSpan.Zero; passed < duration; passed += Interval)
        {
            _bed.Time.Advance(Interval);
            plans += (await PlansAsync()).Count;
        }

        return plans;
    }

    private static VoiceFlags FlagsOf(string silence) => new()
    {
        Mute = silence == "mute",
        Suppress = silence == "suppress",
        Deaf = silence == "deaf",
        SelfDeaf = silence == "self deaf",
    };

    private static ulong[] Sessions(ForwardingPlan plan) => [.. plan.Sessions.Select(session => session.Session.Value)];

    private async Task EnterAsync(ulong user, WorkerId? worker = null)
    {
        var session = SessionOf(user) with { Worker = worker ?? _bed.Worker };
        await _bed.AskAsync(new VoiceChannelCommand.ProjectMember(new Snowflake(user), 1, default));
        (await _bed.AskAsync(new VoiceChannelCommand.AttachSession(session))).Refusal.ShouldBeNull();
        await _bed.AskAsync(new VoiceChannelCommand.EnterCall(session.ClaimId));
        _claims[user] = session.ClaimId;
    }

    // Nobody is behind the address: what users are told of one another is not looked at here.
    private ChannelSession SessionOf(ulong user) => new()
    {
        ClaimId = Guid.NewGuid(),
        UserId = new Snowflake(user),
        Gateway = new GatewayAddress(_bed.Worker.Node.Node, "nobody"),
        Worker = _bed.Worker,
        MediaSession = new MediaSessionId(user),
        Ssrc = new Ssrc((uint)user * 16),
    };

    /// <summary>The plans that follow from all that was done, whatever thread the actors run on.</summary>
    private async Task<List<ForwardingPlan>> PlansAsync()
    {
        // What the channel told itself was handled before this question; what it told the packet loop is ahead of the mark.
        await _bed.Host.AskChannelAsync(new GetVoiceChannel(VoiceBed.Channel), TimeSpan.FromSeconds(30));
        _bed.Host.Tell(_bed.Worker, new UnbindMediaSession(default)).ShouldBeTrue();
        var plans = new List<ForwardingPlan>();
        while (await VoiceBed.NextAsync<IUdpIngressMessage>(_bed.Plans.Reader) is PublishPlan publish)
        {
            plans.Add(publish.Plan);
        }

        return plans;
    }
}
