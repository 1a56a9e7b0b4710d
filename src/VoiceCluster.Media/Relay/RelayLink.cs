using VoiceCluster.Crypto;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Relay;

/// <summary>What one worker shares with another: a key and a count for each direction.</summary>
/// <remarks>
/// The worker's thread seals and opens; control sets the address. It outlives every plan and a worker that fails, since a count that began anew under the
/// same key would repeat nonces.
/// </remarks>
internal sealed class RelayLink(WorkerId here, WorkerId there, ReadOnlySpan<byte> secret) : IDisposable
{
    private readonly RelayCipher _sending = RelayCipher.Derive(secret, EndOf(here), EndOf(there));
    private readonly RelayCipher _receiving = RelayCipher.Derive(secret, EndOf(there), EndOf(here));
    private CounterWindow _window;
    private ulong _destination;
    private long _sent;
    private long _firstReceived;
    private long _received;
    private long _reordered;
    private long _highest;

    /// <summary>The other worker.</summary>
    public WorkerId There { get; } = there;

    /// <summary>Names the key of what comes from there.</summary>
    public ulong ReceivingLink => _receiving.Link;

    /// <summary>Where the other worker listens; none as long as that is not known. Any thread.</summary>
    public Ipv4Endpoint Destination
    {
        get
        {
            var value = Volatile.Read(ref _destination);
            return new Ipv4Endpoint((uint)(value >> 16), (ushort)value);
        }
        set => Volatile.Write(ref _destination, value.Key);
    }

    /// <summary>Worker: seals a packet under the next number.</summary>
    /// <param name="header">What is known of the packet; link and counter are filled in here.</param>
    /// <param name="body">What is sealed.</param>
    /// <param name="packet">Where to.</param>
    /// <returns>Its length; 0 if it does not fit.</returns>
    public int Seal(RelayHeader header, ReadOnlySpan<byte> body, Span<byte> packet)
    {
        var counter = _sent + 1;
        Volatile.Write(ref _sent, counter);
        (header with { Link = _sending.Link, Counter = counter }).Write(packet);
        return _sending.Seal(packet, RelayHeader.Length, body, counter);
    }

    /// <summary>Worker: opens a packet in place.</summary>
    /// <returns>False if it was not sealed by the other worker for this one.</returns>
    public bool TryOpen(Span<byte> packet, long counter, out ReadOnlySpan<byte> body)
    {
        var error = _receiving.Open(packet, RelayHeader.Length, counter, out var length);
        body = packet.Slice(Math.Min(RelayHeader.Length, packet.Length), length);
        return error == OpenError.None;
    }

    /// <summary>Worker: judges the number of a packet that was opened.</summary>
    public ReplayVerdict Judge(long counter)
    {
        var highest = _window.Highest;
        var verdict = _window.Judge(counter);
        if (verdict == ReplayVerdict.Fresh)
        {
            _firstReceived = _received == 0 ? counter : Math.Min(_firstReceived, counter);
            Volatile.Write(ref _reordered, _reordered + (_received > 0 && counter < highest ? 1 : 0));
            Volatile.Write(ref _highest, _window.Highest);
            Volatile.Write(ref _received, _received + 1);
        }

        return verdict;
    }

    /// <summary>Copies the counts. Any thread; numbers that change meanwhile may be one batch apart.</summary>
    public RelayLinkStatistics Read()
    {
        var received = Volatile.Read(ref _received);
        var expected = received == 0 ? 0 : Volatile.Read(ref _highest) - Volatile.Read(ref _firstReceived) + 1;
        return new RelayLinkStatistics(There, Volatile.Read(ref _sent), received, Math.Max(0, expected - received), Volatile.Read(ref _reordered));
    }

    /// <summary>Wipes the keys. Only once no thread can use them.</summary>
    public void Dispose()
    {
        _sending.Dispose();
        _receiving.Dispose();
    }

    private static RelayEnd EndOf(WorkerId worker) => new(worker.Node.Node.Value, worker.Node.Incarnation, worker.Index);
}
