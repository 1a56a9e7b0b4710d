using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Control;

/// <summary>All sessions and channels of one worker; every change ends in a new table in its inbox. Callers hold the plane's lock.</summary>
internal sealed class WorkerSessions(MediaOptions options, WorkerInbox inbox)
{
    private readonly MediaOptions _options = options;
    private readonly WorkerInbox _inbox = inbox;
    private readonly SourceAllocator _sources = new(options.SourceQuarantine);
    private readonly Dictionary<ChannelKey, ChannelState> _channels = [];
    private SessionIndex _index = SessionIndex.Empty;
    private long _version;

    public int Sessions => _index.Count;

    public int Channels => _channels.Count;

    public long PlansRefused { get; private set; }

    /// <summary>Whether the channel has its place on this worker.</summary>
    public bool Serves(ChannelKey channel) => _channels.ContainsKey(channel);

    public MediaSession? Open(MediaSessionId id, OpenMediaSession request, TimeSpan now)
    {
        if (Sessions >= _options.MaximumSessionsPerWorker || !_sources.TryTake(now, out var first))
        {
            return null;
        }

        if (!_inbox.Sinks.TryTake(out var slot))
        {
            _sources.Return(first, now);
            return null;
        }

        var channel = GetOrAdd(request.Channel);
        var session = new MediaSession(id, request.Channel, request.UserId, channel.Route, channel.FreeMemberIndex(), slot, first);
        _inbox.Sinks.Add(session);
        channel.Add(session);
        _index = _index.Add(first, session);
        Publish();
        return session;
    }

    public bool TryReplaceSources(MediaSession session, TimeSpan now, out Ssrc first)
    {
        if (!_sources.TryTake(now, out first))
        {
            return false;
        }

        var refused = session.Sources.First;
        _index = _index.Remove(refused).Add(first, session);
        session.Sources = new SourceBlock(first);
        _sources.Return(refused, now);
        Publish();
        return true;
    }

    public int Configure(MediaSession session, MediaTransport transport)
    {
        var generation = session.Configure(transport, out var replaced);
        if (replaced is not null)
        {
            Publish();
            _inbox.Retire(_version, session: null, replaced);
        }

        return generation;
    }

    public void Enable(MediaSession session, int generation)
    {
        session.EnableSending(generation);
        _inbox.Change(session);
        _inbox.BeginToWatch(session);
    }

    public void SetCodecs(MediaSession session, ImmutableArray<MediaCodec> codecs)
    {
        session.SetCodecs(codecs);
        _inbox.Change(session);
        _inbox.BeginToWatch(session);
    }

    public void SetWants(MediaSession session, SinkWants? wants)
    {
        session.Wants = wants;
        _inbox.Change(session);
        _inbox.BeginToWatch(session);
    }

    public void Close(MediaSession session, TimeSpan now)
    {
        var channel = _channels[session.Channel];
        channel.Remove(session);
        _index = _index.Remove(session.Sources.First);
        _sources.Return(session.Sources.First, now);
        FreeIfUnused(channel);
        Publish();
        _inbox.Retire(_version, session, transport: null);
    }

    public void Obey(ForwardingPlan plan)
    {
        var isWithdrawal = plan.Sessions.IsDefaultOrEmpty;
        if (isWithdrawal && !Serves(plan.Channel))
        {
            return;
        }

        var channel = GetOrAdd(plan.Channel);
        if (!channel.TryObey(plan, out var newReceivers))
        {
            PlansRefused++;
            return;
        }

        FreeIfUnused(channel);
        foreach (var session in newReceivers)
        {
            _inbox.BeginToWatch(session);
        }
    }

    public void CountRefusedPlan() => PlansRefused++;

    /// <summary>Frees everything; the worker does not run any more.</summary>
    public void DisposeAll()
    {
        foreach (var session in _index.All())
        {
            session.Dispose();
        }

        _index = SessionIndex.Empty;
        _channels.Clear();
        _inbox.Links?.DisposeAll();
        Publish();
    }

    private ChannelState GetOrAdd(ChannelKey key)
    {
        if (!_channels.TryGetValue(key, out var channel))
        {
            channel = new ChannelState(key, _options, _inbox.Links);
            _channels.Add(key, channel);
            if (_inbox.Links is not null)
            {
                _inbox.TakeRelayed(channel.Digest, channel.Route);
            }
        }

        return channel;
    }

    private void FreeIfUnused(ChannelState channel)
    {
        if (!channel.IsInUse)
        {
            _channels.Remove(channel.Key);
            _inbox.RefuseRelayed(channel.Digest);
        }
    }

    private void Publish() => _inbox.Publish(new ForwardingTable(++_version, _index));
}
