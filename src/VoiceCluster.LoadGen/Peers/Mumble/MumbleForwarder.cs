using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>A Mumble server with users in its root channel; the first of them speak.</summary>
internal sealed class MumbleForwarder : IPeerForwarder
{
    private const int RegistrationAttempts = 50;
    private static readonly TimeSpan EchoLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private readonly PeerServer _server;
    private readonly List<MumbleUser> _users = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly int _speakers;
    private Task _pinging = Task.CompletedTask;

    private MumbleForwarder(PeerServer server, string name, int speakers) => (_server, Name, _speakers) = (server, name, speakers);

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public int ProcessId => _server.ProcessId;

    /// <inheritdoc />
    public IReadOnlyList<IPacketSource> Speakers => _users[.._speakers];

    /// <summary>Lets everybody in. A packet goes to all but its speaker, so there is one user more than copies.</summary>
    /// <param name="server">The server; disposed with this.</param>
    /// <param name="port">Where it listens.</param>
    /// <exception cref="ClientException">A user could not enter.</exception>
    public static async Task<MumbleForwarder> EnterAsync(
        PeerServer server, string name, int port, PeerLoad load, UserSocket socket, CancellationToken cancellation)
    {
        var forwarder = new MumbleForwarder(server, name, load.Speakers);
        try
        {
            for (var number = 0; number <= load.FanOut; number++)
            {
                forwarder._users.Add(await MumbleUser.LogInAsync(number, port, load.PayloadBytes, cancellation));
            }

            forwarder.RegisterAddresses(socket, cancellation);
            forwarder._pinging = forwarder.PingAsync();
            return forwarder;
        }
        catch
        {
            await forwarder.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public Task<ForwarderReading> ReadAsync(CancellationToken cancellation) =>
        Task.FromResult(PeerReading.Take(ProcessId, _users.Take(_speakers)));

    /// <inheritdoc />
    public int Open(int user, Span<byte> datagram, Span<byte> payload)
    {
        if (user < 0 || user >= _users.Count)
        {
            return -1;
        }

        var length = _users[user].Open(datagram, out var session, payload);
        return _users.Take(_speakers).Any(speaker => speaker.Session == session) ? length : -1;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _pinging;
        foreach (var user in _users)
        {
            await user.DisposeAsync();
        }

        await _server.DisposeAsync();
        _ending.Dispose();
    }

    private void RegisterAddresses(UserSocket socket, CancellationToken cancellation)
    {
        using var slots = new DatagramSlots(64);
        var waiting = _users.ToDictionary(user => user.User);
        for (var attempt = 0; attempt < RegistrationAttempts && waiting.Count > 0; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var user in waiting.Values)
            {
                user.WritePing(slots);
                socket.Send(slots);
            }

            TakeEchoes(socket, slots, waiting);
        }

        if (waiting.Count > 0)
        {
            throw new NoAnswerException($"{waiting.Count} users had no answer to their UDP pings.");
        }
    }

    private static void TakeEchoes(UserSocket socket, DatagramSlots slots, Dictionary<int, MumbleUser> waiting)
    {
        while (waiting.Count > 0 && socket.Receive(slots, EchoLimit) > 0)
        {
            for (var index = 0; index < slots.Count; index++)
            {
                var number = UserSocket.UserOf(slots.ReceivedAtAddress(index));
                if (waiting.TryGetValue(number, out var user) && user.IsEcho(slots.Datagram(index)))
                {
                    waiting.Remove(number);
                }
            }
        }

        slots.Count = 0;
    }

    // Rare, so that a window of some seconds has none, but well within the server's patience of a minute.
    private async Task PingAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(PingInterval);
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                foreach (var user in _users)
                {
                    await user.PingAsync(_ending.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The users leave, or the server ended first; copies that are missing then show in the counts.
        }
    }
}
