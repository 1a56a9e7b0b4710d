namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>Users in the root channel of a Mumble server; the first of them speak.</summary>
internal sealed class MumbleTraffic : IPeerTraffic
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private readonly List<MumbleUser> _users = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly byte[] _frame;
    private readonly uint[] _lastSequences;
    private Task _pinging = Task.CompletedTask;

    private MumbleTraffic(PeerLoad load)
    {
        Speakers = load.Speakers;
        _lastSequences = new uint[load.Speakers];
        _frame = PeerPayload.Create(load.PayloadBytes);
    }

    /// <inheritdoc />
    public int Speakers { get; }

    /// <summary>Lets everybody enter. A packet goes to all but its speaker, so there is one user more than copies.</summary>
    /// <exception cref="Client.Sockets.ClientException">A user could not enter.</exception>
    public static async Task<MumbleTraffic> EnterAsync(int port, PeerLoad load, CancellationToken cancellation)
    {
        var traffic = new MumbleTraffic(load);
        try
        {
            for (var number = 0; number <= load.FanOut; number++)
            {
                traffic._users.Add(await MumbleUser.EnterAsync(port, $"user{number}", cancellation));
            }

            traffic._pinging = traffic.PingAsync(traffic._ending.Token);
            return traffic;
        }
        catch
        {
            await traffic.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public void DropCopies() => _users.ForEach(user => user.DropArrivals());

    /// <inheritdoc />
    public void Send(int speaker) => _lastSequences[speaker] = _users[speaker].Speak(_frame);

    /// <inheritdoc />
    public CopyCount Collect(int speaker)
    {
        int right = 0, wrong = 0;
        foreach (var user in _users.Where(user => user != _users[speaker]))
        {
            switch (user.Hears(_users[speaker].Session, _lastSequences[speaker], _frame))
            {
                case true:
                    right++;
                    break;
                case false:
                    wrong++;
                    break;
            }
        }

        return new CopyCount(right, wrong);
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

        _ending.Dispose();
    }

    // Rare, so that a window of some seconds has none, but well within the server's patience of a minute.
    private async Task PingAsync(CancellationToken cancellation)
    {
        try
        {
            using var timer = new PeriodicTimer(PingInterval);
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                foreach (var user in _users)
                {
                    await user.PingAsync(cancellation);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The users leave, or the server ended first; copies that are missing then show in the counts.
        }
    }
}
