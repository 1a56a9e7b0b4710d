using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>One channel whose users are spread over nodes.</summary>
internal sealed record SpanOptions
{
    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>All users of the channel; their nodes take turns.</summary>
    public int Users { get; init; } = 2_005;

    /// <summary>How many of them speak.</summary>
    public int Speakers { get; init; } = 5;

    /// <summary>Packets a second of each who speaks.</summary>
    public double PacketsPerSecond { get; init; } = 50;

    /// <summary>On each node, how many listeners are real and check every frame; nobody hears what the others are sent.</summary>
    public int RealListeners { get; init; } = 2;

    /// <summary>How many users keep their WebSocket once they have their key; the sessions of the others live on in their resume window.</summary>
    /// <remarks>Whoever keeps it is told of everybody who joins after him, which takes the load tool far longer than the joins take the nodes.</remarks>
    public int Sockets { get; init; } = 200;

    /// <summary>Bytes of each packet's payload.</summary>
    public int PayloadLength { get; init; } = 160;

    /// <summary>Talk before the measurement.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Talk that is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The node's assembly.</summary>
    public string Assembly { get; init; } = NodeProcess.DefaultAssembly;

    /// <summary>Further settings of the nodes, as flags.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Who is in the channel and who of them speaks.</summary>
    public CallShape Shape => new(Channels: 1, Users, Speakers);

    /// <summary>Which node a user is on.</summary>
    public int NodeOf(int user) => user % Nodes;

    /// <summary>Those who really listen.</summary>
    public IEnumerable<int> Listening() => Enumerable.Range(0, Nodes).SelectMany(node =>
        Enumerable.Range(Speakers, Users - Speakers).Where(user => NodeOf(user) == node).Take(RealListeners));
}
