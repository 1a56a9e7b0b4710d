using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>The sinks of one worker's sessions, side by side, so that a fan-out to thousands walks through memory in one direction.</summary>
/// <remarks>
/// <para>Control takes a slot when it opens a session; the worker gives it back when it has let go of the session. In between the sink is the
/// worker's: what control changes in the session is copied by <see cref="Update"/>, what moves its address by <see cref="SetDestination"/>.</para>
/// It outlives a worker that fails.
/// </remarks>
internal sealed unsafe class SinkTable
{
    private readonly byte[] _memory;
    private readonly MediaSink* _sinks;
    private readonly MediaSession?[] _sessions;
    private readonly PacketSealer?[] _sealers = new PacketSealer?[TransportEncryptionModes.All.Length];
    private readonly ConcurrentQueue<int> _returned = new();
    private int _used;

    /// <summary>Makes room for so many sessions, and for some that are closed and not let go of yet.</summary>
    public SinkTable(int sessions)
    {
        _sessions = new MediaSession?[sessions + (sessions / 4) + 64];
        _memory = GC.AllocateArray<byte>((_sessions.Length + 1) * MediaSink.Size, pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _memory[0]);
        _sinks = (MediaSink*)((address + MediaSink.Size - 1) & ~(nuint)(MediaSink.Size - 1));
    }

    /// <summary>The sink in a slot.</summary>
    public ref MediaSink this[int slot]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_sessions.Length, nameof(slot));
            return ref _sinks[slot];
        }
    }

    /// <summary>Whose sink is in a slot.</summary>
    public MediaSession Session(int slot) => _sessions[slot]!;

    /// <summary>Control: finds a free slot.</summary>
    public bool TryTake(out int slot)
    {
        if (_returned.TryDequeue(out slot))
        {
            return true;
        }

        slot = _used;
        _used += slot < _sessions.Length ? 1 : 0;
        return slot < _sessions.Length;
    }

    /// <summary>Control: puts a session into the slot that was taken for it, before any table names it.</summary>
    public void Add(MediaSession session) => _sessions[session.Slot] = session;

    /// <summary>A session is gone, and nothing names its slot any more.</summary>
    public void Return(MediaSession session)
    {
        this[session.Slot] = default;
        _sessions[session.Slot] = null;
        _returned.Enqueue(session.Slot);
    }

    /// <summary>Copies what control changed of a session; nothing, if it is gone.</summary>
    public void Update(MediaSession session)
    {
        if (_sessions[session.Slot] != session)
        {
            return;
        }

        ref var sink = ref this[session.Slot];
        sink.HasWants = session.Wants is not null;
        if (session.IsSendingEnabled && session.Transport is { } transport)
        {
            Use(transport, session, ref sink);
        }
    }

    /// <summary>A session's address was found, changed or confirmed.</summary>
    public void SetDestination(MediaSession session)
    {
        ref var sink = ref this[session.Slot];
        sink.Destination = session.Binding.Endpoint;
        sink.IsConfirmed = session.Binding.IsConfirmed;
    }

    /// <summary>What seals in a mode that some sink has.</summary>
    public PacketSealer Sealer(TransportEncryptionMode mode) => _sealers[(int)mode]!;

    /// <summary>Brings a sink closer that is about to be used. A hint.</summary>
    public void Prefetch(int slot)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_sinks + slot);
        }
    }

    /// <summary>The same for the key of a sink.</summary>
    public void PrefetchKey(int slot)
    {
        ref var sink = ref this[slot];
        if (sink.Key != 0)
        {
            Sealer(sink.Mode).Prefetch(sink.Key);
        }
    }

    // A key that comes back, or comes under another mode, goes on counting where it stopped.
    private void Use(SessionTransport transport, MediaSession session, ref MediaSink sink)
    {
        if (session.Sealing != transport)
        {
            session.Sealing?.Nonces.Value = sink.Nonces;
            sink.Nonces = transport.Nonces.Value;
            session.Sealing = transport;
        }

        var payloadTypes = transport.PayloadTypes;
        _sealers[(int)transport.Cipher.Mode] = transport.Cipher.Sealer;
        sink.Mode = transport.Cipher.Mode;
        sink.Key = transport.Cipher.SealingKey;
        sink.PayloadTypes = payloadTypes.Numbers;
        sink.HasCodecList = payloadTypes.HasCodecList;
        sink.TakesReports = transport.TakesReports;
        sink.Form = transport.IsHeaderNonce ? HeaderForm.Guarded : payloadTypes.HasCodecList ? HeaderForm.Rich : HeaderForm.Plain;
    }
}
