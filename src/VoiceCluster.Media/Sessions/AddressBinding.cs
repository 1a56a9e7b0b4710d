using System.Runtime.CompilerServices;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Sessions;

/// <summary>Where a session's media goes, and what may change that.</summary>
/// <remarks>
/// <para>IP discovery proves nothing: whoever guesses a source can send it, from an address he made up. So it binds only until the
/// session has its key; until control has heard the address from the client itself the binding is unconfirmed; and afterwards it
/// may change the port, once a second, but never the address.</para>
/// <para>A packet that proves authentic binds and confirms.</para>
/// Mutable: keep it in a field. Worker thread only.
/// </remarks>
internal struct AddressBinding
{
    private static readonly long PortChangeInterval = TimeSpan.TicksPerSecond;

    private Candidates _candidates;
    private int _candidateCount;
    private long _portChangeAllowedAt;

    /// <summary>Where media goes; none before the first discovery or packet.</summary>
    public Ipv4Endpoint Endpoint { get; private set; }

    /// <summary>Whether the client itself, or an authentic packet, vouched for the address.</summary>
    public bool IsConfirmed { get; private set; }

    /// <summary>A discovery request with one of the session's sources came.</summary>
    /// <returns>True if the endpoint changed.</returns>
    public bool OnDiscovery(Ipv4Endpoint source, bool mayBind, ReadOnlySpan<uint> confirmed, long now)
    {
        if (!mayBind)
        {
            return source != Endpoint && TryChangePort(source, confirmed, now);
        }

        Remember(source);
        if (source == Endpoint || (!Endpoint.IsNone && confirmed.Contains(Endpoint.Address) && !confirmed.Contains(source.Address)))
        {
            return false;
        }

        Move(source);
        return true;
    }

    /// <summary>A packet from an address proved authentic and newer than every one before it.</summary>
    /// <param name="source">The address.</param>
    /// <param name="isAgeProven">
    /// False if it only looks newer: then it may be a recorded one, and moves media to another address only if the client itself named that one.
    /// </param>
    /// <param name="confirmed">What control has heard.</param>
    /// <returns>True if the endpoint changed.</returns>
    public bool OnAuthenticated(Ipv4Endpoint source, bool isAgeProven, ReadOnlySpan<uint> confirmed)
    {
        if (!isAgeProven && !Endpoint.IsNone && source.Address != Endpoint.Address && !confirmed.Contains(source.Address))
        {
            return false;
        }

        IsConfirmed = true;
        if (source == Endpoint)
        {
            return false;
        }

        Endpoint = source;
        return true;
    }

    /// <summary>Compares the binding with what control has heard; takes another discovered address if that is the one meant.</summary>
    /// <returns>True if the endpoint changed.</returns>
    public bool Confirm(ReadOnlySpan<uint> confirmed)
    {
        if (IsConfirmed || Endpoint.IsNone)
        {
            return false;
        }

        if (confirmed.Contains(Endpoint.Address))
        {
            IsConfirmed = true;
            return false;
        }

        for (var i = 0; i < _candidateCount; i++)
        {
            if (confirmed.Contains(_candidates[i].Address))
            {
                Move(_candidates[i]);
                IsConfirmed = true;
                return true;
            }
        }

        return false;
    }

    private bool TryChangePort(Ipv4Endpoint source, ReadOnlySpan<uint> confirmed, long now)
    {
        var isSameAddress = Endpoint.IsNone ? confirmed.Contains(source.Address) : source.Address == Endpoint.Address;
        if (!isSameAddress || now < _portChangeAllowedAt)
        {
            return false;
        }

        _portChangeAllowedAt = now + PortChangeInterval;
        Endpoint = source;
        return true;
    }

    private void Move(Ipv4Endpoint source)
    {
        if (source.Address != Endpoint.Address)
        {
            IsConfirmed = false;
        }

        Endpoint = source;
    }

    // The newest first; one per address.
    private void Remember(Ipv4Endpoint source)
    {
        var position = 0;
        while (position < _candidateCount && _candidates[position].Address != source.Address)
        {
            position++;
        }

        if (position == _candidateCount)
        {
            _candidateCount = Math.Min(_candidateCount + 1, Candidates.Capacity);
            position = _candidateCount - 1;
        }

        Span<Ipv4Endpoint> candidates = _candidates;
        candidates[..position].CopyTo(candidates[1..]);
        candidates[0] = source;
    }

    [InlineArray(Capacity)]
    private struct Candidates
    {
        public const int Capacity = 4;
        private Ipv4Endpoint _first;
    }
}
