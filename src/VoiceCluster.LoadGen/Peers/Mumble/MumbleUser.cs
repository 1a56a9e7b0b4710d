using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>One user in the root channel: a control connection, and a UDP socket that the server knows.</summary>
/// <remarks>What the server tells on the control connection after the login is read and dropped by a task of its own; all else is called by one thread at a time.</remarks>
internal sealed class MumbleUser : IAsyncDisposable
{
    private const int MaxDatagramBytes = 1500;
    private const int RegistrationAttempts = 50;
    private static readonly TimeSpan EchoLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CopyLimit = TimeSpan.FromSeconds(2);
    private static readonly byte[] PingMessage = MumbleMessages.Ping();

    private readonly SslStream _control;
    private readonly PeerSocket _voice = new();
    private readonly MumbleCipher _cipher;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _reading;
    private readonly byte[] _datagram = new byte[MaxDatagramBytes];
    private readonly byte[] _packet = new byte[MaxDatagramBytes];
    private uint _nextSequence;

    private MumbleUser(SslStream control, int port, uint session, CryptSetup setup)
    {
        (_control, Session) = (control, session);
        _cipher = new MumbleCipher(setup);
        _voice.Connect(port);
        _reading = DropMessagesAsync(_ending.Token);
    }

    /// <summary>The number by which the server tells others who speaks.</summary>
    public uint Session { get; }

    /// <summary>Connects, logs in, and lets the server know the UDP address.</summary>
    /// <exception cref="ClientException">The server is not there, refuses, or does not answer.</exception>
    public static async Task<MumbleUser> EnterAsync(int port, string name, CancellationToken cancellation)
    {
        var user = await LogInAsync(port, name, cancellation)
            .WithinAsync(Deadline.Default, TimeProvider.System, name, "the end of its login", cancellation);
        try
        {
            user.RegisterAddress(name);
            return user;
        }
        catch
        {
            await user.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a server takes connections there and speaks TLS.</summary>
    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellation)
    {
        try
        {
            await (await ConnectAsync(port, cancellation)).DisposeAsync();
            return true;
        }
        catch (ConnectFailedException)
        {
            return false;
        }
    }

    /// <summary>Tells the server that the user is still there.</summary>
    public ValueTask PingAsync(CancellationToken cancellation) => _control.WriteAsync(PingMessage, cancellation);

    /// <summary>Lets the kernel drop what is heard from now on.</summary>
    public void DropArrivals() => _voice.DropArrivals();

    /// <summary>Speaks one frame.</summary>
    /// <returns>The packet's sequence number.</returns>
    public uint Speak(ReadOnlySpan<byte> frame)
    {
        var length = MumbleVoicePacket.Write(_packet, _nextSequence, frame);
        _voice.Send(_datagram.AsSpan(0, _cipher.Seal(_packet.AsSpan(0, length), _datagram)));
        return _nextSequence++;
    }

    /// <summary>Waits for a frame and compares it with what was said.</summary>
    /// <returns>Null when nothing came, else whether all is as it was sent.</returns>
    public bool? Hears(uint session, uint sequence, ReadOnlySpan<byte> frame)
    {
        var received = _voice.Receive(_datagram, CopyLimit);
        return received < 0
            ? null
            : _cipher.Open(_datagram.AsSpan(0, received), _packet) is var length and > 0
                && MumbleVoicePacket.TryRead(_packet.AsSpan(0, length), out var heardSession, out var heardSequence, out var heard)
                && heardSession == session && heardSequence == sequence && heard.SequenceEqual(frame);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _reading;
        await _control.DisposeAsync();
        _voice.Dispose();
        _cipher.Dispose();
        _ending.Dispose();
    }

    private static async Task<SslStream> ConnectAsync(int port, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? control = null;
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
            control = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await control.AuthenticateAsClientAsync(TlsOptions(), cancellation);
            return control;
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            await (control?.DisposeAsync() ?? ValueTask.CompletedTask);
            socket.Dispose();
            throw new ConnectFailedException($"No TLS connection to port {port} of this machine: {exception.Message}", exception);
        }
    }

    private static SslClientAuthenticationOptions TlsOptions() => new()
    {
        TargetHost = "localhost",
#pragma warning disable CA5359 // The server is one we have just started on loopback, with a certificate it has just made.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    private static async Task<MumbleUser> LogInAsync(int port, string name, CancellationToken cancellation)
    {
        var control = await ConnectAsync(port, cancellation);
        try
        {
            var (session, setup) = await AuthenticateAsync(control, name, cancellation);
            return new MumbleUser(control, port, session, setup);
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }
    }

    private static async Task<(uint Session, CryptSetup Setup)> AuthenticateAsync(SslStream control, string name, CancellationToken cancellation)
    {
        await control.WriteAsync(MumbleMessages.Version(), cancellation);
        await control.WriteAsync(MumbleMessages.Authenticate(name), cancellation);
        uint? session = null;
        CryptSetup? setup = null;
        while (session is null || setup is null)
        {
            var (type, message) = await ReadMessageAsync(control, cancellation);
            switch (type)
            {
                case MumbleMessageType.CryptSetup:
                    setup = MumbleMessages.ReadCryptSetup(message) ?? throw new UnexpectedAnswerException($"{name} was told no usable keys.");
                    break;
                case MumbleMessageType.ServerSync when MumbleMessages.TryReadSession(message, out var told):
                    session = told;
                    break;
                case MumbleMessageType.Reject:
                    throw new RefusedException($"{name} was refused: {MumbleMessages.ReadRejectReason(message)}");
            }
        }

        return (session.Value, setup);
    }

    private static async Task<(MumbleMessageType Type, byte[] Message)> ReadMessageAsync(SslStream control, CancellationToken cancellation)
    {
        try
        {
            var header = new byte[MumbleMessages.HeaderBytes];
            await control.ReadExactlyAsync(header, cancellation);
            if (!MumbleMessages.TryReadHeader(header, out var type, out var length))
            {
                throw new UnexpectedAnswerException("The server began a message that is too long.");
            }

            var message = new byte[length];
            await control.ReadExactlyAsync(message, cancellation);
            return (type, message);
        }
        catch (IOException exception)
        {
            throw new ConnectFailedException($"The server ended a control connection: {exception.Message}", exception);
        }
    }

    // Without a datagram from the user the server would send voice over the control connection.
    private void RegisterAddress(string name)
    {
        for (var attempt = 0; attempt < RegistrationAttempts; attempt++)
        {
            var length = MumbleVoicePacket.WritePing(_packet);
            _voice.Send(_datagram.AsSpan(0, _cipher.Seal(_packet.AsSpan(0, length), _datagram)));
            var received = _voice.Receive(_datagram, EchoLimit);
            if (received > 0 && _cipher.Open(_datagram.AsSpan(0, received), _packet) is var echo and > 0
                && MumbleVoicePacket.IsPing(_packet.AsSpan(0, echo)))
            {
                return;
            }
        }

        throw new NoAnswerException($"{name} had no answer to its UDP pings.");
    }

    private async Task DropMessagesAsync(CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        try
        {
            while (await _control.ReadAsync(buffer, cancellation) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The user leaves, or the server ended first; copies that are missing then show in the counts.
        }
    }
}
