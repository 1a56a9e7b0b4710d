using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.VoiceStates;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.VoiceStates;

/// <summary>What holds after any sequence of commands.</summary>
public sealed class VoiceStatePropertyTests
{
    private static readonly Guid[] Claims = [new("00000000-0000-0000-0000-000000000001"), new("00000000-0000-0000-0000-000000000002")];

    [Fact]
    public void Every_claim_that_was_granted_is_ended_exactly_once_when_the_state_ends() =>
        Prop.ForAll(Gen.Choose(0, 9).ListOf().ToArbitrary(), steps => EndsEachClaimOnce([.. steps])).QuickCheckThrowOnFailure();

    [Fact]
    public void Revisions_never_fall_and_rise_with_every_join_and_end() =>
        Prop.ForAll(Gen.Choose(0, 9).ListOf().ToArbitrary(), steps => RevisionsRise([.. steps])).QuickCheckThrowOnFailure();

    private static bool EndsEachClaimOnce(IReadOnlyList<int> steps)
    {
        var open = new List<Guid>();
        var run = Run([.. steps, 2], change =>
        {
            switch (change)
            {
                case VoiceStateEvent.Claimed claimed:
                    open.Add(claimed.Claim.ClaimId);
                    return true;
                case VoiceStateEvent.ClaimReleased released:
                    return open.Remove(released.Claim.ClaimId);
                case VoiceStateEvent.ClaimEnded ended:
                    return open.Remove(ended.Claim.ClaimId);
                default:
                    return true;
            }
        });
        return run.Held && open.Count == 0 && run.State.Leaving is null;
    }

    private static bool RevisionsRise(IReadOnlyList<int> steps)
    {
        var last = 0L;
        return Run(steps, change =>
        {
            var revision = change switch
            {
                VoiceStateEvent.Joined joined => joined.Revision,
                VoiceStateEvent.Relocated relocated => relocated.Revision,
                VoiceStateEvent.Ended ended => ended.Revision,
                _ => last + 1,
            };
            var rises = revision > last;
            last = change is VoiceStateEvent.Joined or VoiceStateEvent.Relocated or VoiceStateEvent.Ended ? revision : last;
            return rises;
        }).Held;
    }

    private static (bool Held, VoiceState State) Run(IReadOnlyList<int> steps, Func<VoiceStateEvent, bool> holds)
    {
        var state = new VoiceState { Key = StateKey };
        var now = Start;
        var held = true;
        for (var i = 0; i < steps.Count; i++)
        {
            now += TimeSpan.FromSeconds(3);
            foreach (var change in state.Decide(CommandOf(steps[i], i, state), Timeouts, now))
            {
                held &= holds(change);
                state = state.Apply(change);
            }
        }

        return (held, state);
    }

    private static VoiceStateCommand CommandOf(int step, int index, VoiceState state) => step switch
    {
        0 => Join(Channel, fresh: $"a{index}"),
        1 => Join(OtherChannel, fresh: $"b{index}"),
        2 => new VoiceStateCommand.Leave(null),
        3 => new VoiceStateCommand.Relocate($"salt{index}"),
        4 => Claim(new Guid(index + 10, 0, 0, new byte[8]), state.Membership?.SessionId ?? "none"),
        5 => new VoiceStateCommand.Detach(state.Membership?.Claim?.ClaimId ?? Claims[0]),
        6 => new VoiceStateCommand.Release(state.Membership?.Claim?.ClaimId ?? Claims[1]),
        7 => new VoiceStateCommand.ClaimReady(state.Membership?.Claim?.ClaimId ?? Claims[0]),
        8 => new VoiceStateCommand.LoseChannel(Channel),
        _ => new VoiceStateCommand.Expire(),
    };
}
