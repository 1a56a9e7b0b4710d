using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Which published library a client is.</summary>
/// <param name="Name">Its name in the client's package file.</param>
/// <param name="HasAes">Whether the machine seems to have AES-GCM; without it version 0.19 asks for XChaCha20.</param>
internal sealed record DiscordJsLibrary(string Name, bool HasAes = true)
{
    /// <summary>Version 0.19.2 of @discordjs/voice: gateway version 8, the AEAD modes.</summary>
    public static DiscordJsLibrary Voice19 { get; } = new("voice19");

    /// <summary>The same on a machine without AES-GCM.</summary>
    public static DiscordJsLibrary Voice19WithoutAes { get; } = new("voice19", HasAes: false);

    /// <summary>Version 0.14.0 of @discordjs/voice: gateway version 4, the XSalsa20 modes.</summary>
    public static DiscordJsLibrary Voice14 { get; } = new("voice14");
}

/// <summary>One user with a published library, in a process of its own. Every wait has a deadline and fails with what happened instead.</summary>
internal sealed class DiscordJsClient : IAsyncDisposable
{
    /// <summary>What the player sends after the last frame of a resource, and once after a pause.</summary>
    public const string SilenceFrame = "f8fffe";

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<ClientEvent> _events = [];
    private readonly Dictionary<string, List<HeardFrame>> _heard = [];
    private readonly List<string> _errors = [];
    private readonly Task _reading;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;

    private DiscordJsClient(Snowflake userId, Process process)
    {
        UserId = userId;
        _process = process;
        _reading = Task.WhenAll(ReadEventsAsync(), ReadErrorsAsync());
    }

    public Snowflake UserId { get; }

    /// <summary>Everything that happened so far, but for what was heard.</summary>
    public IReadOnlyList<ClientEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Starts the process and waits until the library is loaded.</summary>
    public static async Task<DiscordJsClient> StartAsync(DiscordJsLibrary library, Snowflake userId, string certificateFile)
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { DiscordJsInstallation.Script, library.Name },
            Environment = { ["NODE_EXTRA_CA_CERTS"] = certificateFile },
        };
        if (!library.HasAes)
        {
            start.ArgumentList.Add("--without-aes");
        }

        var client = new DiscordJsClient(userId, Process.Start(start)!);
        await client.WaitForAsync("loaded");
        return client;
    }

    /// <summary>Gives the library what the main gateway would give it.</summary>
    /// <param name="state">The backend's answer.</param>
    /// <param name="endpoint">Where to connect; null as told.</param>
    public void Join(VoiceStateDone state, string? endpoint = null) => Send("join", new JsonObject
    {
        ["endpoint"] = endpoint ?? state.Endpoint,
        ["token"] = state.Token,
        ["sessionId"] = state.SessionId,
        ["userId"] = state.UserId.ToString(),
        ["guildId"] = state.GuildId!.Value.ToString(),
        ["channelId"] = state.ChannelId.ToString(),
    });

    /// <summary>Gives the library another server, as the main gateway does when the backend was told to move its user.</summary>
    public void UpdateServer(string guildId, string endpoint, string token) =>
        Send("serverUpdate", new JsonObject { ["guildId"] = guildId, ["endpoint"] = endpoint, ["token"] = token });

    /// <summary>Announces the user as speaking.</summary>
    public void Speak() => Send("speak");

    /// <summary>Plays frames with the library's player.</summary>
    public void Play(IEnumerable<string> frames) =>
        Send("play", new JsonObject { ["frames"] = new JsonArray([.. frames.Select(frame => (JsonNode)frame)]) });

    /// <summary>Sends marked frames (<see cref="HeardFrame.SentAt"/>) until told to stop (<see cref="HushAsync"/>).</summary>
    public void Talk() => Send("talk");

    /// <summary>Ends that, and waits until nothing more is sent.</summary>
    public Task HushAsync()
    {
        var last = Events.Count - 1;
        Send("hush");
        return WaitForAsync("hushed", after: last);
    }

    /// <summary>Leaves as a bot does.</summary>
    public void Leave() => Send("leave");

    /// <summary>What was heard of a user so far, in order, without the player's silence.</summary>
    public IReadOnlyList<HeardFrame> Heard(Snowflake userId)
    {
        lock (_lock)
        {
            return [.. _heard.GetValueOrDefault(userId.ToString(), [])];
        }
    }

    /// <summary>How many datagrams the kernel dropped because the process did not take them in time.</summary>
    public long CountKernelDrops()
    {
        const int inodeColumn = 9;
        var inodes = Directory.EnumerateFiles($"/proc/{_process.Id}/fd")
            .Select(descriptor => new FileInfo(descriptor).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet(StringComparer.Ordinal);
        return File.ReadLines("/proc/net/udp")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => inodes.Contains(columns[inodeColumn]))
            .Sum(columns => long.Parse(columns[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until it was told that the connection is ready, and answers with op 4.</summary>
    public async Task<ClientEvent> WaitUntilReadyAsync()
    {
        await WaitForAsync("state", state => state.Text("status") == "ready");
        return await WaitForAsync("packet", packet => packet.Opcode == 4);
    }

    /// <summary>Waits until the library knows which source is whose.</summary>
    public Task<ClientEvent> WaitUntilKnowsAsync(Snowflake userId) => WaitForAsync("knows", one => one.UserId == userId.ToString());

    /// <summary>Waits for an event.</summary>
    /// <param name="after">Only those behind this index count.</param>
    public async Task<ClientEvent> WaitForAsync(string name, Func<ClientEvent, bool>? wanted = null, int after = -1)
    {
        ClientEvent? found = null;
        await WaitUntilAsync(
            events => (found = events.Skip(after + 1).FirstOrDefault(one => one.Name == name && wanted?.Invoke(one) != false)) is not null,
            $"the event {name}");
        return found!;
    }

    /// <summary>Waits until a condition holds on all that happened.</summary>
    public async Task WaitUntilAsync(Func<IReadOnlyList<ClientEvent>, bool> isMet, string what)
    {
        using var deadline = new CancellationTokenSource(WaitLimit);
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (isMet(_events))
                {
                    return;
                }

                ThrowIf(_hasEnded, $"ended before {what}");
                news = _news.Task;
            }

            await Task.WhenAny(news, Task.Delay(Timeout.Infinite, deadline.Token));
            lock (_lock)
            {
                ThrowIf(deadline.IsCancellationRequested && !isMet(_events), $"waited {WaitLimit.TotalSeconds:0} s for {what} in vain");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(ExitLimit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _reading;
        _process.Dispose();
    }

    private void Send(string command, JsonObject? values = null)
    {
        values ??= [];
        values["command"] = command;
        _process.StandardInput.WriteLine(values.ToJsonString(JsonSerializerOptions.Default));
        _process.StandardInput.Flush();
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Change(() => Take(ClientEvent.Parse(_events.Count, line)));
        }

        Change(() => _hasEnded = true);
    }

    private void Take(ClientEvent happened)
    {
        if (happened.Name != "heard")
        {
            _events.Add(happened);
        }
        else if (happened.Text("frame") is { } frame && frame != SilenceFrame)
        {
            _heard.TryAdd(happened.UserId!, []);
            _heard[happened.UserId!].Add(new HeardFrame(happened.At, frame));
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _errors.Add(line);
            }
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            change();
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }

    private void ThrowIf(bool condition, string what)
    {
        if (condition)
        {
            var last = _events.TakeLast(25).Select(one => one.ToString()).Concat(_errors.TakeLast(10));
            throw new TimeoutException($"The client of user {UserId} {what}. Last events:\n{string.Join('\n', last)}");
        }
    }
}

/// <summary>A frame that a client heard.</summary>
/// <param name="At">When it was heard, on the machine's monotonic clock.</param>
/// <param name="Hex">Its bytes.</param>
internal sealed record HeardFrame(TimeSpan At, string Hex)
{
    private const int MarkedLength = 18;

    /// <summary>Whether it carries the time at which it was sent, as those of <see cref="DiscordJsClient.Talk"/> do.</summary>
    public bool IsMarked => Hex.Length == MarkedLength && Hex.StartsWith("fc", StringComparison.Ordinal);

    /// <summary>When a marked frame was sent: it carries the time behind its first byte.</summary>
    public TimeSpan SentAt => IsMarked
        ? TimeSpan.FromMicroseconds(long.Parse(Hex.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        : throw new InvalidOperationException($"The frame {Hex} carries no time.");
}
