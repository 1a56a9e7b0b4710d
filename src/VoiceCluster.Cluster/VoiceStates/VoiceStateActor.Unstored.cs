using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.VoiceStates;

// What is done while the store is away, and how it meets what others have stored since.
public sealed partial class VoiceStateActor
{
    /// <summary>Whether what is stored is known: a state that was begun without the store may meet an earlier one there.</summary>
    private bool _isLoaded;

    /// <summary>The state as it was found, to tell whether anybody has touched it here.</summary>
    private VoiceState? _found;

    /// <summary>A state with a connection stays too: it must notice when that is gone.</summary>
    protected internal override bool MayPassivate => base.MayPassivate && _isLoaded && State?.Membership?.Claim is null;

    /// <inheritdoc />
    protected internal override ValueTask StopAsync()
    {
        believed.Forget(Address.Key, this);
        _seat.Return();
        return base.StopAsync();
    }

    /// <inheritdoc />
    protected override EntityCommit CommitOf(VoiceState state)
    {
        RequireLoaded();
        if (state.Membership is not { } membership)
        {
            return new EntityCommit(Address, Group: null, State: null, []);
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(state, EntityJson.Default.VoiceState);
        ImmutableArray<DirectoryEntry> directory =
        [
            DirectoryKeys.EntryOf(membership.SessionId, state.Key),
            DirectoryKeys.EntryOfToken(DirectoryKeys.Token(minter.TokenOf(state.Key, membership.TokenSalt)), state.Key),
        ];
        return new EntityCommit(Address, membership.Channel.ToString(), bytes, directory);
    }

    /// <inheritdoc />
    protected override IActorMessage HandOver(VoiceState unstored) => new MergeVoiceState(unstored.Key, unstored);

    /// <inheritdoc />
    protected override DateTimeOffset? DeadlineOf(VoiceState state) => state.NextDeadline;

    /// <inheritdoc />
    protected override IActorMessage ExpiryOf(VoiceState state) => new VoiceStateRequest(state.Key, new VoiceStateCommand.Expire());

    /// <inheritdoc />
    protected override async ValueTask MeetStoredAsync(CancellationToken cancellation)
    {
        if (_isLoaded)
        {
            return;
        }

        var found = await LoadAsync(EntityJson.Default.VoiceState, cancellation);
        _isLoaded = true;
        _found = found;
        if (found is null)
        {
            return;
        }

        if (State is not { } mine || mine.Revision < found.Revision)
        {
            Replace(State, found);
            IsUnstored = false;
        }
        else
        {
            Replace(found, mine);
        }
    }

    /// <summary>Whether a command is obeyed without the store. What ends by itself, and what nobody knows enough of, waits for it.</summary>
    private bool IsObeyedUnstored(VoiceStateCommand command) =>
        _isLoaded ? command is not VoiceStateCommand.Expire : command is VoiceStateCommand.Join;

    private void RequireLoaded()
    {
        if (!_isLoaded)
        {
            throw new StoreUnavailableException("What is stored is not known yet.");
        }
    }

    /// <summary>Takes what an owner before this one did without the store: the higher revision wins.</summary>
    private async ValueTask MergeAsync(VoiceState mine, VoiceState other, CancellationToken cancellation)
    {
        // Flags and claims raise no revision. With equal ones the other's are later, unless somebody has been here since.
        var isTheirs = other.Revision > mine.Revision || (other.Revision == mine.Revision && ReferenceEquals(mine, _found));
        Log.Merging(logger, Context.Self, other.Revision, mine.Revision, isTheirs);
        Telemetry.Repaired("merged");
        if (!isTheirs)
        {
            Dismiss(other, mine);
            return;
        }

        Replace(mine, other);
        IsUnstored = true;
        await CatchUpAsync(cancellation);
    }

    /// <summary>Goes on with a state instead of another one, and tells everybody who knows the other.</summary>
    private void Replace(VoiceState? before, VoiceState now)
    {
        State = now;
        Believe(now);
        TakeSeat(now);
        if (before is not null)
        {
            Dismiss(before, now);
        }

        if (now.Membership is { } membership)
        {
            Project(now, membership);
        }

        SetDeadline();
    }

    /// <summary>Takes back what a state that does not hold has told others.</summary>
    private void Dismiss(VoiceState dismissed, VoiceState now)
    {
        foreach (var claim in dismissed.ListClaims().Except(now.ListClaims()))
        {
            if (dismissed.Membership is { } membership)
            {
                TellChannel(new VoiceChannelRequest(membership.Channel, new VoiceChannelCommand.DetachSession(claim.ClaimId)));
            }

            Context.Host.Tell(claim.Gateway, new EndClaim(claim.ClaimId, ClaimEnd.Replaced));
        }

        if (dismissed.Membership is { } left && left.Channel != now.Membership?.Channel)
        {
            TellChannel(new VoiceChannelRequest(left.Channel, new VoiceChannelCommand.RemoveMember(now.Key.UserId, now.Revision)));
        }
    }

    /// <summary>A user who is in a channel is counted, and whoever let him in has looked at the limit.</summary>
    private void TakeSeat(VoiceState state)
    {
        if (state.Membership is null)
        {
            _seat.Return();
        }
        else
        {
            _seat.Take(state.Key.Realm);
        }
    }
}
