using System.Runtime.InteropServices;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Discovery;

/// <summary>
/// Which addresses sessions are bound to. Every change of a binding goes through here, so that it, this and the session's <see cref="MediaSink"/> never
/// differ.
/// </summary>
internal sealed class Bindings(SinkTable sinks)
{
    private readonly SinkTable _sinks = sinks;

    // The first of an address; the others of the same one hang on it.
    private readonly Dictionary<ulong, MediaSession> _sessionsByEndpoint = [];

    /// <summary>Tells whether any session is bound to an address.</summary>
    public bool Contains(Ipv4Endpoint endpoint) => _sessionsByEndpoint.ContainsKey(endpoint.Key);

    /// <summary>Tells whether a session is bound to an address that has been told its key, so that it can be sent more than answers to discovery.</summary>
    public bool Serves(Ipv4Endpoint endpoint)
    {
        _sessionsByEndpoint.TryGetValue(endpoint.Key, out var session);
        while (session is not null && !session.IsSendingEnabled)
        {
            session = session.NextAtEndpoint;
        }

        return session is not null;
    }

    /// <summary>A session was asked for by discovery.</summary>
    public void Discover(MediaSession session, Ipv4Endpoint source, long now)
    {
        var before = session.Binding.Endpoint;
        if (session.Binding.OnDiscovery(source, mayBind: !session.IsSendingEnabled, session.ConfirmedAddresses, now))
        {
            Move(session, before);
        }
    }

    /// <summary>A session's packet proved authentic, and newest as far as that can be proven.</summary>
    public void Authenticate(MediaSession session, Ipv4Endpoint source, bool isAgeProven)
    {
        var before = session.Binding.Endpoint;
        var wasConfirmed = session.Binding.IsConfirmed;
        if (session.Binding.OnAuthenticated(source, isAgeProven, session.ConfirmedAddresses))
        {
            Move(session, before);
        }
        else if (!wasConfirmed)
        {
            _sinks.SetDestination(session);
        }
    }

    /// <summary>Tells whether a session's address is confirmed, and looks whether it has become so.</summary>
    public bool Confirm(MediaSession session)
    {
        var before = session.Binding.Endpoint;
        if (session.Binding.Confirm(session.ConfirmedAddresses))
        {
            Move(session, before);
        }

        _sinks.SetDestination(session);
        return session.Binding.IsConfirmed;
    }

    /// <summary>A session is gone.</summary>
    public void Remove(MediaSession session) => Unlink(session, session.Binding.Endpoint);

    /// <summary>Reads everything from the sessions, after a worker's restart.</summary>
    public void Rebuild(ForwardingTable table)
    {
        _sessionsByEndpoint.Clear();
        foreach (var session in table.Sessions.All())
        {
            session.NextAtEndpoint = null;
            _sinks.SetDestination(session);
            Link(session);
        }
    }

    private void Move(MediaSession session, Ipv4Endpoint from)
    {
        _sinks.SetDestination(session);
        Unlink(session, from);
        Link(session);
    }

    private void Link(MediaSession session)
    {
        if (!session.Binding.Endpoint.IsNone)
        {
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessionsByEndpoint, session.Binding.Endpoint.Key, out _);
            session.NextAtEndpoint = first;
            first = session;
        }
    }

    private void Unlink(MediaSession session, Ipv4Endpoint endpoint)
    {
        if (!_sessionsByEndpoint.TryGetValue(endpoint.Key, out var other))
        {
            return;
        }

        if (other == session)
        {
            ReplaceFirst(endpoint.Key, session.NextAtEndpoint);
        }

        for (; other is not null && other != session; other = other.NextAtEndpoint)
        {
            if (other.NextAtEndpoint == session)
            {
                other.NextAtEndpoint = session.NextAtEndpoint;
            }
        }

        session.NextAtEndpoint = null;
    }

    private void ReplaceFirst(ulong endpoint, MediaSession? next)
    {
        if (next is null)
        {
            _sessionsByEndpoint.Remove(endpoint);
        }
        else
        {
            _sessionsByEndpoint[endpoint] = next;
        }
    }
}
