using System.Collections.Immutable;
using VoiceCluster.Client.Admin;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>What nodes did for one channel that spans them.</summary>
/// <param name="Duration">How long people spoke.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Listeners">Those who really listened.</param>
internal sealed record SpanResult(TimeSpan Duration, ImmutableArray<SpanNode> Nodes, ImmutableArray<HeardFrames> Listeners)
{
    /// <summary>All pairs of nodes, in both directions.</summary>
    public IEnumerable<Crossing> Crossings => Nodes.SelectMany(from => Nodes.Where(to => to != from).Select(to => CrossingOf(from, to)));

    /// <summary>Packets of all speakers that nodes took.</summary>
    public long Accepted => Nodes.Sum(node => node.AcceptedHere);

    /// <summary>Whether each packet that a node took of its own users was sent to each other node once, and nobody heard a frame twice.</summary>
    public bool IsOnce => Crossings.All(crossing => crossing.IsOnce) && Listeners.All(listener => listener is { Doubled: 0, Wrong: 0 });

    /// <summary>Whether besides nothing that was said is missing anywhere.</summary>
    public bool IsWhole => Nodes.All(node => node.Said == node.AcceptedHere)
        && Crossings.All(crossing => crossing.Received == crossing.Sent)
        && Listeners.All(listener => listener.Heard == Accepted);

    private static Crossing CrossingOf(SpanNode from, SpanNode to) =>
        new(from.Name, to.Name, from.AcceptedHere, from.RelayedTo(to.Name).Sent, to.RelayedTo(from.Name).Received);
}

/// <summary>What went from one node to another.</summary>
/// <param name="From">The one.</param>
/// <param name="To">The other.</param>
/// <param name="Accepted">Packets that the one took of its own users.</param>
/// <param name="Sent">Packets that it sealed for the other.</param>
/// <param name="Received">Packets that the other got of it.</param>
internal readonly record struct Crossing(string From, string To, long Accepted, long Sent, long Received)
{
    /// <summary>Whether each went over once.</summary>
    public bool IsOnce => Sent == Accepted && Received <= Sent;
}

/// <summary>What one node did between two readings.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Users">Users on it.</param>
/// <param name="Speakers">How many of them speak.</param>
/// <param name="Said">Packets that these have sent.</param>
/// <param name="Before">The first reading.</param>
/// <param name="After">The second one.</param>
internal sealed record SpanNode(string Name, int Users, int Speakers, long Said, SpanReading Before, SpanReading After)
{
    /// <summary>CPU time of the whole process.</summary>
    public TimeSpan Cpu => TimeSpan.FromTicks((After.CpuNanoseconds - Before.CpuNanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>Datagrams received.</summary>
    public long Received => After.Received - Before.Received;

    /// <summary>Datagrams sent.</summary>
    public long Sent => After.Sent - Before.Sent;

    /// <summary>CPU time by datagrams sent, in nanoseconds.</summary>
    public double NanosecondsPerDatagram => Sent == 0 ? double.NaN : Cpu.TotalNanoseconds / Sent;

    /// <summary>Packets of its own users that passed all checks: all but those that came from other nodes, by themselves or, lost before, with the one after them.</summary>
    public long AcceptedHere =>
        After.Accepted - Before.Accepted - After.Relays.Keys.Select(RelayedTo).Sum(relay => relay.Received + relay.Recovered);

    /// <summary>Drops by reason.</summary>
    public ImmutableDictionary<string, long> Drops => NodeDrops.Between(Before.Drops, After.Drops);

    /// <summary>What went to and from another node.</summary>
    public RelayReport RelayedTo(string peer)
    {
        var none = new RelayReport(0, peer);
        var (before, after) = (Before.Relays.GetValueOrDefault(peer, none), After.Relays.GetValueOrDefault(peer, none));
        return after with
        {
            Sent = after.Sent - before.Sent,
            Received = after.Received - before.Received,
            Recovered = after.Recovered - before.Recovered,
        };
    }
}
