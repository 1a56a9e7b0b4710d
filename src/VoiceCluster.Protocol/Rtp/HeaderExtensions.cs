namespace VoiceCluster.Protocol.Rtp;

/// <summary>One element of a header extension block.</summary>
/// <remarks>Valid as long as the packet's buffer is.</remarks>
public readonly ref struct HeaderExtension(byte id, ReadOnlySpan<byte> data)
{
    /// <summary>The negotiated id: 1 to 14, in the two-byte form 1 to 255.</summary>
    public byte Id { get; } = id;

    /// <summary>The element's bytes: 1 to 16, in the two-byte form 0 to 255.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>The elements of an RTP header extension block, in either form of RFC 8285.</summary>
/// <remarks>
/// <code>
/// profile BEDE: | id 4 | length - 1 4 | data |     id 0: one byte of padding; id 15: stop
/// profile 100x: | id 8 | length     8 | data |     id 0: one byte of padding
/// </code>
/// A block of another profile has no elements. An element that reaches beyond the block ends the enumeration.
/// </remarks>
public readonly ref struct HeaderExtensions(ushort profile, ReadOnlySpan<byte> elements)
{
    /// <summary>The profile that announces one-byte element headers.</summary>
    public const ushort OneByteProfile = 0xBEDE;

    /// <summary>The profile that announces two-byte element headers; its low four bits are the application's.</summary>
    public const ushort TwoByteProfile = 0x1000;

    private readonly ReadOnlySpan<byte> _elements = elements;

    /// <summary>The 16 bits that say how the elements are written; 0 if there is no block.</summary>
    public ushort Profile { get; } = profile;

    /// <summary>The block's bytes behind its preamble, a multiple of 4.</summary>
    public ReadOnlySpan<byte> Elements => _elements;

    /// <summary>Finds the first element with an id.</summary>
    public bool TryGet(byte id, out ReadOnlySpan<byte> data)
    {
        foreach (var extension in this)
        {
            if (extension.Id == id)
            {
                data = extension.Data;
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>Turns every element with an id, in either form, into padding; the block keeps its length.</summary>
    /// <param name="profile">How the elements are written.</param>
    /// <param name="elements">The block's bytes behind its preamble.</param>
    /// <param name="id">The id.</param>
    public static void Erase(ushort profile, Span<byte> elements, byte id)
    {
        var headerLength = profile == OneByteProfile ? 1 : 2;
        foreach (var extension in new HeaderExtensions(profile, elements))
        {
            if (extension.Id == id && ((ReadOnlySpan<byte>)elements).Overlaps(extension.Data, out var offset))
            {
                elements.Slice(offset - headerLength, headerLength + extension.Data.Length).Clear();
            }
        }
    }

    /// <summary>Walks the elements in order.</summary>
    public Enumerator GetEnumerator() => new(Profile, _elements);

    /// <summary>Walks the elements of a block.</summary>
    public ref struct Enumerator
    {
        private const byte StopId = 15;

        private readonly bool _oneByte;
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ushort profile, ReadOnlySpan<byte> elements)
        {
            _oneByte = profile == OneByteProfile;
            _rest = _oneByte || (profile & 0xFFF0) == TwoByteProfile ? elements : default;
        }

        /// <summary>The element the walk stands on.</summary>
        public HeaderExtension Current { get; private set; }

        /// <summary>Goes to the next element; false at the end or before a malformed one.</summary>
        public bool MoveNext()
        {
            _rest = _rest.TrimStart((byte)0);
            return _oneByte ? MoveNextOneByte() : MoveNextTwoByte();
        }

        // Id 0 with a length is no padding byte and no element either: the block cannot be trusted from there on.
        private bool MoveNextOneByte() => _rest.IsEmpty || _rest[0] >> 4 is 0 or StopId
            ? Stop()
            : Take((byte)(_rest[0] >> 4), headerLength: 1, (_rest[0] & 0x0F) + 1);

        private bool MoveNextTwoByte() => _rest.Length < 2 ? Stop() : Take(_rest[0], headerLength: 2, _rest[1]);

        private bool Take(byte id, int headerLength, int length)
        {
            if (_rest.Length < headerLength + length)
            {
                return Stop();
            }

            Current = new HeaderExtension(id, _rest.Slice(headerLength, length));
            _rest = _rest[(headerLength + length)..];
            return true;
        }

        private bool Stop()
        {
            _rest = default;
            return false;
        }
    }
}
