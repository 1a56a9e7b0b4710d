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
    private long _counter;
    private long _sent;
    private long _firstReceived;
    private long _arrived;
    private long _received;
    private long _reordered;
    private long _highest;
    private long _recovered;
    private long _peerSentAt;
    private long _peerReportedAt;
    private bool _hasNews;

    /// <summary>The other worker.</summary>
    public WorkerId There { get; } = there;

    /// <summary>Names the key of what comes from there.</summary>
    public ulong ReceivingLink => _receiving.Link;

    /// <summary>How well it carries what is sent.</summary>
    public LinkQuality Quality { get; } = new();

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
        var counter = ++_counter;
        if (header.Type == RelayPacketType.Media)
        {
            Volatile.Write(ref _sent, _sent + 1);
            _hasNews = true;
        }

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
            _firstReceived = _arrived == 0 ? counter : Math.Min(_firstReceived, counter);
            Volatile.Write(ref _reordered, _reordered + (_arrived > 0 && counter < highest ? 1 : 0));
            Volatile.Write(ref _highest, _window.Highest);
            Volatile.Write(ref _arrived, _arrived + 1);
        }

        return verdict;
    }

    /// <summary>Worker: a frame came.</summary>
    public void CountReceived()
    {
        Volatile.Write(ref _received, _received + 1);
        _hasNews = true;
    }

    /// <summary>Worker: a lost frame came with the one after it.</summary>
    public void CountRecovered() => Volatile.Write(ref _recovered, _recovered + 1);

    /// <summary>Worker: tells the other end what came from there, if frames went either way since it was told last.</summary>
    /// <param name="now">In ticks.</param>
    /// <param name="report">The report.</param>
    public bool TryReport(long now, out RelayReport report)
    {
        report = new RelayReport(Expected(), _arrived, now, _peerSentAt, _peerSentAt == 0 ? 0 : now - _peerReportedAt);
        var hasNews = _hasNews;
        _hasNews = false;
        return hasNews;
    }

    /// <summary>Worker: takes in what the other end says.</summary>
    public void Include(in RelayReport report, long now)
    {
        (_peerSentAt, _peerReportedAt) = (report.SentAt, now);
        Quality.Include(report, now);
    }

    /// <summary>Copies the counts. Any thread; numbers that change meanwhile may be one batch apart.</summary>
    public RelayLinkStatistics Read()
    {
        var arrived = Volatile.Read(ref _arrived);
        return new RelayLinkStatistics(
            There, Volatile.Read(ref _sent), Volatile.Read(ref _received), Math.Max(0, Expected() - arrived), Volatile.Read(ref _reordered))
        {
            Recovered = Volatile.Read(ref _recovered),
            IsRepeating = Quality.IsLossy,
            SendLoss = Quality.Loss,
            RoundTrip = Quality.RoundTrip,
        };
    }

    /// <summary>Wipes the keys. Only once no thread can use them.</summary>
    public void Dispose()
    {
        _sending.Dispose();
        _receiving.Dispose();
    }

    private long Expected() => Volatile.Read(ref _arrived) == 0 ? 0 : Volatile.Read(ref _highest) - Volatile.Read(ref _firstReceived) + 1;

    private static RelayEnd EndOf(WorkerId worker) => new(worker.Node.Node.Value, worker.Node.Incarnation, worker.Index);
}
