using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;

namespace VoiceCluster.Cluster.VoiceChannels;

// What is done while the store is away.
public sealed partial class VoiceChannelActor
{
    private static readonly TimeSpan StoreRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Whether the store does not have the definition as it is.</summary>
    private bool _isUnstored;

    /// <summary>What the store does not have goes to whoever owns the shard next; a channel that is there already only takes the bitrate.</summary>
    private void HandOn()
    {
        if (_isUnstored && _channel?.Definition is { } definition)
        {
            var ensure = new VoiceChannelCommand.Ensure(definition.BitrateBps, definition.Origin, definition.TokenSalt);
            Context.HandOn(Request(ensure));
        }
    }

    /// <summary>Stores a definition that changed, or keeps it here until the store is back; the end of a channel waits for the store.</summary>
    private async ValueTask KeepAsync(VoiceChannel before, VoiceChannel after, CancellationToken cancellation)
    {
        if (before.Definition == after.Definition)
        {
            return;
        }

        try
        {
            await StoreAsync(after, cancellation);
            _isUnstored = false;
        }
        catch (StoreUnavailableException) when (after.Definition is not null)
        {
            _isUnstored = true;
            StoreSoon();
        }
        catch (StoreUnavailableException) when (before.Members.IsEmpty)
        {
            Context.SetTimer(DeadlineTimer, StoreRetryDelay, Request(new VoiceChannelCommand.Expire()));
            throw;
        }
    }

    private void StoreSoon() => Context.SetTimer(nameof(StoreDue), StoreRetryDelay, new StoreDue());

    private async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        try
        {
            if (_isUnstored)
            {
                await StoreAsync(_channel!, cancellation);
                _isUnstored = false;
            }
        }
        catch (StoreUnavailableException)
        {
            StoreSoon();
        }
    }

    /// <summary>A state and a node agree on a session that may be missing here, because what told of it was lost.</summary>
    private void Confirm(VoiceChannel channel, VoiceChannelCommand.ConfirmSession session)
    {
        if (channel.Definition is not null && !channel.Sessions.ContainsKey(session.ClaimId) && !_unannounced.Contains(session.ClaimId))
        {
            Telemetry.Repaired("session_missing");
            Context.Host.Tell(session.Gateway, new AnnounceSession(session.ClaimId, channel.Key));
        }
    }

    private sealed record StoreDue : IActorMessage;
}
