using System.Diagnostics.Metrics;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>Requests that reach an entity late, after the backend has asked for something else over another node.</summary>
public sealed class OvertakenRequestsTests : IAsyncLifetime
{
    private static readonly VoiceFlagsPatch Mute = new(null, Mute: true, null, null, null);
    private static readonly VoiceFlagsPatch Unmute = new(null, Mute: false, null, null, null);

    private readonly VoiceBed _bed = new();

    private DateTimeOffset Now => _bed.Time.GetUtcNow();

    public Task InitializeAsync() => _bed.EnsureAsync();

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task A_late_leave_does_not_undo_a_newer_join_and_is_counted()
    {
        using var counted = new Overtaken();
        await JoinAsync(1);
        var leave = new VoiceStateCommand.Leave(VoiceBed.Channel, AskedAt: Now);
        Pass(3);
        await JoinAsync(1);
        Pass(2);

        (await _bed.AskAsync(1, leave)).Membership.ShouldNotBeNull();
        _bed.ReadStored(1)!.Membership.ShouldNotBeNull();
        counted.Of(nameof(VoiceStateCommand.Leave)).ShouldBe(1);
    }

    [Fact]
    public async Task Nor_does_it_when_another_owner_has_taken_over_since()
    {
        await JoinAsync(1);
        var (leave, destroy) = (new VoiceStateCommand.Leave(VoiceBed.Channel, AskedAt: Now), new VoiceChannelCommand.Destroy(Now));
        Pass(3);
        await JoinAsync(1);
        ChangeOwner();
        Pass(2);

        (await _bed.AskAsync(destroy)).Definition.ShouldNotBeNull();
        (await _bed.AskAsync(1, leave)).Membership.ShouldNotBeNull();
        (await _bed.AskAsync(1, leave with { AskedAt = Now })).Membership.ShouldBeNull();
    }

    [Fact]
    public async Task A_late_mute_does_not_undo_a_newer_unmute_which_had_nothing_to_store()
    {
        await JoinAsync(1);
        var mute = new VoiceStateCommand.UpdateFlags(null, Mute, AskedAt: Now);
        Pass(3);
        var stored = _bed.ReadStored(1);
        _bed.Faults.IsAway = true;
        await _bed.AskAsync(1, new VoiceStateCommand.UpdateFlags(null, Unmute, AskedAt: Now));
        _bed.Faults.IsAway = false;
        Pass(2);

        (await _bed.AskAsync(1, mute)).Membership!.Flags.Mute.ShouldBeFalse();
        _bed.ReadStored(1).ShouldBe(stored);
        (await _bed.AskAsync(1, mute with { AskedAt = Now })).Membership!.Flags.Mute.ShouldBeTrue();
    }

    [Fact]
    public async Task A_late_end_of_a_channel_does_not_end_the_call_of_those_who_joined_since()
    {
        using var counted = new Overtaken();
        await EnsureAsync();
        var destroy = new VoiceChannelCommand.Destroy(Now);
        Pass(3);
        await EnsureAsync();
        await JoinAsync(1);
        Pass(2);

        (await _bed.AskAsync(destroy)).Definition.ShouldNotBeNull();
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1))).Membership.ShouldNotBeNull();
        counted.Of(nameof(VoiceChannelCommand.Destroy)).ShouldBe(1);
        (await _bed.AskAsync(destroy with { AskedAt = Now })).Definition.ShouldBeNull();
    }

    private Task<VoiceChannelReply> EnsureAsync() => _bed.AskAsync(new VoiceChannelCommand.Ensure(null, "lvsp-1", CredentialMinter.NewSalt(), AskedAt: Now));

    private async Task JoinAsync(ulong user) => (await _bed.AskAsync(
        user, new VoiceStateCommand.Join(VoiceBed.Channel, null, default, "lvsp-1", CredentialMinter.NewCredentials(), AskedAt: Now)))
        .Membership.ShouldNotBeNull();

    /// <summary>The node is its own successor.</summary>
    private void ChangeOwner() => _bed.Host.Learn(_bed.Host.FindKnownClaim(EntityAddress.Of(VoiceBed.Channel).Shard)! with { Epoch = 9 });

    private void Pass(int seconds) => _bed.Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Counts as an operator's metrics do.</summary>
    private sealed class Overtaken : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _counts = [];

        public Overtaken()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "voicecluster.requests.overtaken")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, measured, tags, _) =>
            {
                lock (_counts)
                {
                    var kind = (string)tags[0].Value!;
                    _counts[kind] = _counts.GetValueOrDefault(kind) + measured;
                }
            });
            _listener.Start();
        }

        public long Of(string kind)
        {
            lock (_counts)
            {
                return _counts.GetValueOrDefault(kind);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
