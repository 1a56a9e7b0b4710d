namespace VoiceCluster.Protocol.Rtcp;

/// <summary>Walks the packets of a plain RTCP datagram in order (RFC 3550 section 6.1).</summary>
/// <remarks>
/// Reduced-size datagrams (RFC 5506) are walked as well: which packet comes first is not checked. The walk ends at the end
/// or before the first malformed packet, and <see cref="Enumerator.Error"/> then says which of the two it was.
/// </remarks>
public readonly ref struct RtcpCompound(ReadOnlySpan<byte> datagram)
{
    private readonly ReadOnlySpan<byte> _datagram = datagram;

    /// <summary>Starts the walk.</summary>
    public Enumerator GetEnumerator() => new(_datagram);

    /// <summary>Walks a datagram.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private RtcpPacket _current;

        internal Enumerator(ReadOnlySpan<byte> datagram) => _rest = datagram;

        /// <summary>The packet the walk stands on.</summary>
        public readonly RtcpPacket Current => _current;

        /// <summary>Why the walk ended early; <c>None</c> if it reached the end.</summary>
        public RtcpError Error { get; private set; }

        /// <summary>Goes to the next packet.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            Error = RtcpPacket.Read(_rest, out _current, out var length);
            _rest = Error == RtcpError.None ? _rest[length..] : default;
            return Error == RtcpError.None;
        }
    }
}
