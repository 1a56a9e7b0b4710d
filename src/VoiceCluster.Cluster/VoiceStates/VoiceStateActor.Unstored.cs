using System.Text.Json;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.VoiceStates;

// What is done while the store is away, and how it meets what others have stored since.
public sealed partial class VoiceStateActor
{
    private static readonly TimeSpan StoreRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Whether what is stored is known: a state that was begun without the store may meet an earlier one there.</summary>
    private bool _isLoaded;

    /// <summary>Whether the store does not have the state as it is.</summary>
    private bool _isUnstored;

    /// <summary>The state as it was found, to tell whether anybody has touched it here.</summary>
    private VoiceState? _found;

    /// <summary>A state that only lives here stays, and so does one with a connection: it must notice when that is gone.</summary>
    protected internal override bool MayPassivate => !_isUnstored && _isLoaded && _state?.Membership?.Claim is null;

    /// <summary>What the store does not have goes to whoever owns the shard next, who may be this node.</summary>
    protected internal override ValueTask StopAsync()
    {
        believed.Forget(Address.Key, this);
        _seat.Return();
        if (_isUnstored && _state is { } state)
        {
            Context.HandOn(new MergeVoiceState(state.Key, state));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a command is obeyed without the store. What ends by itself, and what nobody knows enough of, waits for it.</summary>
    private bool IsObeyedUnstored(VoiceStateCommand command) =>
        _isLoaded ? command is not VoiceStateCommand.Expire : command is VoiceStateCommand.Join;

    /// <summary>Stores the state, or, if the command allows it, keeps it here until the store is back.</summary>
    private async ValueTask KeepAsync(VoiceState state, VoiceStateCommand command, CancellationToken cancellation)
    {
        try
        {
            if (!_isLoaded)
            {
                throw new StoreUnavailableException("What is stored is not known yet.");
            }

            await StoreAsync(state, cancellation);
            _isUnstored = false;
        }
        catch (StoreUnavailableException) when (IsObeyedUnstored(command))
        {
            _isUnstored = true;
            Telemetry.ObeyedUnstored();
            StoreSoon();
        }
    }

    private void StoreSoon() => Context.SetTimer(nameof(StoreDue), StoreRetryDelay, new StoreDue());

    /// <summary>Loads what could not be loaded, stores what could not be stored.</summary>
    private async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        try
        {
            if (!_isLoaded)
            {
                await MeetStoredAsync(cancellation);
            }

            if (_isUnstored)
            {
                await StoreAsync(_state!, cancellation);
                _isUnstored = false;
            }
        }
        catch (StoreUnavailableException)
        {
            StoreSoon();
        }
    }

    private async ValueTask MeetStoredAsync(CancellationToken cancellation)
    {
        var stored = await Store.LoadAsync(Address.Kind, Address.Key, cancellation);
        var found = stored is null ? null : JsonSerializer.Deserialize(stored.State.Span, EntityJson.Default.VoiceState);
        _isLoaded = true;
        _found = found;
        if (found is null)
        {
            return;
        }

        if (_state is not { } mine || mine.Revision < found.Revision)
        {
            Replace(_state, found);
            _isUnstored = false;
        }
        else
        {
            Replace(found, mine);
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
        _isUnstored = true;
        await CatchUpAsync(cancellation);
    }

    /// <summary>Goes on with a state instead of another one, and tells everybody who knows the other.</summary>
    private void Replace(VoiceState? before, VoiceState now)
    {
        _state = now;
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

        SetDeadline(now.NextDeadline, new VoiceStateRequest(now.Key, new VoiceStateCommand.Expire()));
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

    private sealed record StoreDue : IActorMessage;
}
