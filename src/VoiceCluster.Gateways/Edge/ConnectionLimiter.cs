using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace VoiceCluster.Gateways.Edge;

/// <summary>How many sockets may wait to identify themselves.</summary>
/// <param name="Total">In all.</param>
/// <param name="PerAddress">From one IPv4 address or one IPv6 /64 network.</param>
public sealed record ConnectionLimits(int Total, int PerAddress);

/// <summary>Why a connection was let in or not.</summary>
public enum ConnectionAdmission
{
    Admitted,

    /// <summary>Too many sockets wait to identify themselves.</summary>
    TooManyInAll,

    /// <summary>Too many of them come from this address.</summary>
    TooManyFromAddress,

    /// <summary>Too many connections are open, identified or not.</summary>
    TooManyConnections,
}

/// <summary>Counts sockets that have not identified themselves, in all and per client address. Safe from any thread.</summary>
public sealed class ConnectionLimiter
{
    private readonly ConnectionLimits _limits;
    private readonly EdgeTelemetry _telemetry;
    private readonly Dictionary<AddressKey, int> _perAddress = [];
    private readonly Lock _gate = new();
    private int _waiting;

    public ConnectionLimiter(ConnectionLimits limits, EdgeTelemetry telemetry)
    {
        (_limits, _telemetry) = (limits, telemetry);
        telemetry.ObserveUnidentified(() => Waiting);
    }

    /// <summary>Sockets that hold a lease now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Addresses with at least one such socket.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
            {
                return _perAddress.Count;
            }
        }
    }

    /// <summary>Takes one place for <paramref name="address"/>. The lease gives it back, once, whoever disposes it first.</summary>
    public ConnectionAdmission TryEnter(IPAddress address, out ConnectionLease? lease)
    {
        var key = AddressKey.Of(address);
        var admission = TryCount(key);
        lease = admission == ConnectionAdmission.Admitted ? new ConnectionLease(this, key) : null;
        if (lease is null)
        {
            _telemetry.ConnectionRefused(admission);
        }
        return admission;
    }

    internal void Leave(AddressKey key)
    {
        lock (_gate)
        {
            _waiting--;
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_perAddress, key);
            if (--count == 0)
            {
                _perAddress.Remove(key);
            }
        }
    }

    private ConnectionAdmission TryCount(AddressKey key)
    {
        lock (_gate)
        {
            if (_waiting >= _limits.Total)
            {
                return ConnectionAdmission.TooManyInAll;
            }
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perAddress, key, out _);
            if (count >= _limits.PerAddress)
            {
                return ConnectionAdmission.TooManyFromAddress;
            }
            count++;
            _waiting++;
            return ConnectionAdmission.Admitted;
        }
    }
}

/// <summary>One place in a <see cref="ConnectionLimiter"/>. Disposing it again does nothing.</summary>
public sealed class ConnectionLease : IDisposable
{
    private readonly AddressKey _key;
    private ConnectionLimiter? _limiter;

    internal ConnectionLease(ConnectionLimiter limiter, AddressKey key) => (_limiter, _key) = (limiter, key);

    /// <summary>Gives the place back because the socket has said who it is (or is gone).</summary>
    public void Dispose() => Interlocked.Exchange(ref _limiter, null)?.Leave(_key);
}

/// <summary>An IPv4 address, or the /64 of an IPv6 one: the part that a single customer of a provider cannot choose.</summary>
internal readonly record struct AddressKey(ulong Bits, bool IsIPv6)
{
    public static AddressKey Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        plain.TryWriteBytes(bytes, out _);
        var isIPv6 = plain.AddressFamily == AddressFamily.InterNetworkV6;
        return new AddressKey(MemoryMarshal.Read<ulong>(bytes), isIPv6);
    }
}
