using VoiceCluster.Client.Measuring;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Users who really listen: every copy that comes to a socket is opened and compared, and its delay is counted.</summary>
/// <remarks>
/// The delay runs from just before the speaker's packet was sealed to the moment at which the kernel put the copy into the listener's queue.
/// </remarks>
internal sealed class CopyReader : IDisposable
{
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(20);

    private readonly UserSocket _socket;
    private readonly Func<int, TransportCipher?> _cipherOf;
    private readonly int _payloadLength;
    private readonly Action<SpeechStamp>? _heard;
    private readonly long[] _rightByUser;
    private readonly Thread _thread;
    private long _right;
    private long _wrong;
    private volatile bool _stopped;

    /// <summary>Begins to read.</summary>
    /// <param name="socket">Nobody else may read it meanwhile.</param>
    /// <param name="users">How many users there are.</param>
    /// <param name="cipherOf">Opens a user's copies; null if they are not sealed. Called from one thread.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <param name="heard">Is told of each right copy. Called from one thread.</param>
    public CopyReader(UserSocket socket, int users, Func<int, TransportCipher?> cipherOf, int payloadLength, Action<SpeechStamp>? heard = null)
    {
        _socket = socket;
        _cipherOf = cipherOf;
        _payloadLength = payloadLength;
        _heard = heard;
        _rightByUser = new long[users];
        _thread = new Thread(Run) { IsBackground = true, Name = "listener" };
        _thread.Start();
    }

    /// <summary>Copies that opened and hold what was sent.</summary>
    public long Right => Volatile.Read(ref _right);

    /// <summary>Copies that did not.</summary>
    public long Wrong => Volatile.Read(ref _wrong);

    /// <summary>Delays of the right ones.</summary>
    public DelayHistogram Delays { get; private set; } = new();

    /// <summary>Right copies of a user.</summary>
    public long RightOf(int user) => Volatile.Read(ref _rightByUser[user]);

    /// <summary>Begins to count delays anew.</summary>
    public void ForgetDelays() => Delays = new DelayHistogram();

    /// <inheritdoc />
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Run()
    {
        using var slots = new DatagramSlots(64);
        while (!_stopped)
        {
            var count = _socket.Receive(slots, Pulse);
            for (var i = 0; i < count; i++)
            {
                var isRight = Take(slots, i);
                Volatile.Write(ref isRight ? ref _right : ref _wrong, (isRight ? _right : _wrong) + 1);
            }
        }
    }

    private bool Take(DatagramSlots slots, int index)
    {
        var user = UserSocket.UserOf(slots.ReceivedAtAddress(index));
        if ((uint)user >= (uint)_rightByUser.Length || !TryReadPayload(slots.Datagram(index), _cipherOf(user), out var stamp))
        {
            return false;
        }

        Volatile.Write(ref _rightByUser[user], _rightByUser[user] + 1);
        _heard?.Invoke(stamp);
        Delays.Record(TimeSpan.FromTicks((slots.ReceivedAtTime(index) - stamp.SentAt) / TimeSpan.NanosecondsPerTick));
        return true;
    }

    private bool TryReadPayload(Span<byte> datagram, TransportCipher? cipher, out SpeechStamp stamp)
    {
        const int ClearOverhead = TransportCipher.TagLength + 4;
        stamp = default;
        var length = datagram.Length - ClearOverhead;
        if (cipher is not null && cipher.OpenRtp(datagram, out length) != OpenError.None)
        {
            return false;
        }

        return length > RtpHeader.Length
            && RtpView.TryParse(datagram[..length], out var packet, out _)
            && SpeechPayload.TryRead(packet.Payload, _payloadLength, out stamp);
    }
}
