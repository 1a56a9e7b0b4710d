using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>One user in the root channel: a control connection, and the keys of the voice datagrams.</summary>
/// <remarks>
/// The server looks for the sender of a first datagram among those whose control connection comes from the same address, so both use the user's own.
/// What the server tells on the control connection after the login is read and dropped by a task of its own; all else is called by one thread at a time.
/// </remarks>
internal sealed class MumbleUser : PeerSpeaker, IAsyncDisposable
{
    private static readonly byte[] PingMessage = MumbleMessages.Ping();

    private readonly SslStream _control;
    private readonly MumbleCipher _cipher;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _reading;
    private readonly byte[] _packet = new byte[DatagramSlots.SlotSize];

    private MumbleUser(int number, int payloadLength, int port, SslStream control, MumbleLogin login)
        : base(number, payloadLength)
    {
        Server = PeerAddress.Server(port);
        _control = control;
        Session = login.Session;
        _cipher = new MumbleCipher(login.Setup);
        _reading = DropMessagesAsync(_ending.Token);
    }

    /// <summary>The number by which the server tells others who speaks.</summary>
    public uint Session { get; }

    /// <inheritdoc />
    protected override Ipv4Endpoint Server { get; }

    /// <summary>Connects and logs in.</summary>
    /// <param name="number">Which user.</param>
    /// <param name="port">Where the server listens.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <exception cref="ClientException">The server is not there, refuses, or does not answer.</exception>
    public static Task<MumbleUser> LogInAsync(int number, int port, int payloadLength, CancellationToken cancellation) =>
        LogInWithoutLimitAsync(number, port, payloadLength, cancellation)
            .WithinAsync(Deadline.Default, TimeProvider.System, NameOf(number), "the end of the login", cancellation);

    /// <summary>Whether a server takes connections there and speaks TLS.</summary>
    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellation)
    {
        try
        {
            await (await ConnectAsync(0, port, cancellation)).DisposeAsync();
            return true;
        }
        catch (ConnectFailedException)
        {
            return false;
        }
    }

    /// <summary>Tells the server that the user is still there.</summary>
    public ValueTask PingAsync(CancellationToken cancellation) => _control.WriteAsync(PingMessage, cancellation);

    /// <summary>Writes a UDP ping: until there was one the server sends voice over the control connection.</summary>
    public void WritePing(DatagramSlots slots)
    {
        var length = MumbleVoicePacket.WritePing(_packet);
        slots.Commit(_cipher.Seal(_packet.AsSpan(0, length), slots.Slot(slots.Count)), UserSocket.AddressOf(User), Server);
    }

    /// <summary>Whether a datagram is the server's answer to a ping.</summary>
    public bool IsEcho(ReadOnlySpan<byte> datagram) =>
        _cipher.Open(datagram, _packet) is var length and > 0 && MumbleVoicePacket.IsPing(_packet.AsSpan(0, length));

    /// <summary>Opens somebody's voice.</summary>
    /// <param name="session">Who speaks.</param>
    /// <param name="payload">Room for the frame.</param>
    /// <returns>Bytes of the frame; -1 when the datagram is not authentic, or no voice.</returns>
    public int Open(ReadOnlySpan<byte> datagram, out uint session, Span<byte> payload)
    {
        session = 0;
        var length = _cipher.Open(datagram, _packet);
        if (length < 0 || !MumbleVoicePacket.TryRead(_packet.AsSpan(0, length), out session, out _, out var frame))
        {
            return -1;
        }

        frame.CopyTo(payload);
        return frame.Length;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _reading;
        await _control.DisposeAsync();
        _cipher.Dispose();
        _ending.Dispose();
    }

    /// <inheritdoc />
    protected override int Seal(uint number, ReadOnlySpan<byte> payload, Span<byte> datagram)
    {
        var length = MumbleVoicePacket.Write(_packet, number, payload);
        return _cipher.Seal(_packet.AsSpan(0, length), datagram);
    }

    private static string NameOf(int number) => $"user{number}";

    private static async Task<SslStream> ConnectAsync(int number, int port, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? control = null;
        try
        {
            socket.Bind(new IPEndPoint(PeerAddress.Of(number), 0));
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

    private static async Task<MumbleUser> LogInWithoutLimitAsync(int number, int port, int payloadLength, CancellationToken cancellation)
    {
        var control = await ConnectAsync(number, port, cancellation);
        try
        {
            return new MumbleUser(number, payloadLength, port, control, await AuthenticateAsync(control, NameOf(number), cancellation));
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }
    }

    private static async Task<MumbleLogin> AuthenticateAsync(SslStream control, string name, CancellationToken cancellation)
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

        return new MumbleLogin(session.Value, setup);
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

    private readonly record struct MumbleLogin(uint Session, CryptSetup Setup);
}
