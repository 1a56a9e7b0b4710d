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
    private readonly Dictionary<ulong, int> _sessionsByEndpoint = [];

    /// <summary>Tells whether any session is bound to an address.</summary>
    public bool Contains(Ipv4Endpoint endpoint) => _sessionsByEndpoint.ContainsKey(endpoint.Key);

    /// <summary>A session was asked for by discovery.</summary>
    public void Discover(MediaSession session, Ipv4Endpoint source, long now)
    {
        var before = session.Binding.Endpoint;
        if (session.Binding.OnDiscovery(source, mayBind: !session.IsSendingEnabled, session.ConfirmedAddresses, now))
        {
            Move(before, session);
        }
    }

    /// <summary>A session's packet proved authentic, and newest as far as that can be proven.</summary>
    public void Authenticate(MediaSession session, Ipv4Endpoint source, bool isAgeProven)
    {
        var before = session.Binding.Endpoint;
        var wasConfirmed = session.Binding.IsConfirmed;
        if (session.Binding.OnAuthenticated(source, isAgeProven, session.ConfirmedAddresses))
        {
            Move(before, session);
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
            Move(before, session);
        }

        _sinks.SetDestination(session);
        return session.Binding.IsConfirmed;
    }

    /// <summary>A session is gone.</summary>
    public void Remove(MediaSession session) => Release(session.Binding.Endpoint);

    /// <summary>Reads everything from the sessions, after a worker's restart.</summary>
    public void Rebuild(ForwardingTable table)
    {
        _sessionsByEndpoint.Clear();
        foreach (var session in table.Sessions.All())
        {
            Move(default, session);
        }
    }

    private void Move(Ipv4Endpoint from, MediaSession session)
    {
        var to = session.Binding.Endpoint;
        _sinks.SetDestination(session);
        Release(from);
        if (!to.IsNone)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_sessionsByEndpoint, to.Key, out _)++;
        }
    }

    private void Release(Ipv4Endpoint endpoint)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_sessionsByEndpoint, endpoint.Key);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count) && --count == 0)
        {
            _sessionsByEndpoint.Remove(endpoint.Key);
        }
    }
}
