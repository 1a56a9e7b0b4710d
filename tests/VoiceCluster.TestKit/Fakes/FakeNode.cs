using System.Collections.Concurrent;
using System.Threading.Channels;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.TestKit.Fakes;

/// <summary>What a fake node does to a media packet on its way to one listener.</summary>
public enum PacketFault
{
    None,
    Lose,
    Double,
    Damage,
    ChangePayload,
}

/// <summary>Just enough of a node, in this process, to test clients: LVSP, voice gateway and media for one channel.</summary>
/// <remarks>It obeys its test, not the specification: what a test needs to go wrong goes wrong on request.</remarks>
public sealed class FakeNode : IAsyncDisposable
{
    public const string Secret = "dev-secret";

    private readonly WebSocketListener _listener = new();
    private readonly ConcurrentBag<Task> _links = [];
    private readonly Task _accepting;

    public FakeNode()
    {
        Media = new FakeMedia();
        _accepting = AcceptAllAsync();
    }

    public Uri LvspUrl => new(_listener.Url, "lvsp");

    public Uri VoiceUrl => _listener.Url;

    /// <summary>What handles UDP.</summary>
    public FakeMedia Media { get; }

    /// <summary>Every request a backend has made.</summary>
    public Channel<LvspRequest> Requests { get; } = Channel.CreateUnbounded<LvspRequest>();

    /// <summary>LVSP sessions by their name, for RESUME.</summary>
    internal ConcurrentDictionary<string, FakeLvspSession> LvspSessions { get; } = new();

    /// <summary>The present voice WebSockets.</summary>
    public ConcurrentBag<FakeVoiceLink> VoiceLinks { get; } = [];

    /// <summary>Voice WebSockets in the order in which they identified.</summary>
    public Channel<FakeVoiceLink> Identified { get; } = Channel.CreateUnbounded<FakeVoiceLink>();

    /// <summary>Requests are taken and not answered.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What a channel request is refused with; null to serve it.</summary>
    public string? Refusal { get; set; }

    /// <summary>The heartbeat interval told to everybody.</summary>
    public int HeartbeatIntervalMs { get; set; } = 30_000;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await Task.WhenAny(_accepting);
        Media.Dispose();
        foreach (var link in VoiceLinks)
        {
            link.Abort();
        }
    }

    private async Task AcceptAllAsync()
    {
        while (true)
        {
            var accepted = await _listener.AcceptAsync();
            _links.Add(accepted.PathAndQuery.StartsWith("/lvsp", StringComparison.Ordinal)
                ? new FakeLvspLink(this, accepted.Socket).RunAsync()
                : RunVoiceAsync(accepted));
        }
    }

    private Task RunVoiceAsync(AcceptedWebSocket accepted)
    {
        var link = new FakeVoiceLink(this, accepted);
        VoiceLinks.Add(link);
        return link.RunAsync();
    }
}
