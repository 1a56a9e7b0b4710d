using System.Collections.Immutable;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A bound that a figure must keep.</summary>
/// <param name="Figure">The figure.</param>
/// <param name="Says">What is asked, in words.</param>
/// <param name="Most">The most it may be; null for no such bound.</param>
/// <param name="Least">The least it may be.</param>
/// <param name="FloorFigure">The same figure of the floor; null if there is none.</param>
internal sealed record Requirement(string Figure, string Says, double? Most = null, double? Least = null, string? FloorFigure = null)
{
    /// <summary>Whether a value keeps it.</summary>
    public bool IsMetBy(double value) => !double.IsNaN(value) && value <= (Most ?? double.MaxValue) && value >= (Least ?? double.MinValue);
}

/// <summary>How a requirement fared.</summary>
/// <param name="Requirement">It.</param>
/// <param name="Value">What was measured; null if nothing was.</param>
/// <param name="Floor">What the floor comes to, if that was measured.</param>
internal sealed record Verdict(Requirement Requirement, double? Value, double? Floor = null)
{
    /// <summary>Whether it is met; what was not measured is neither met nor failed.</summary>
    public bool IsFailed => Value is { } value && !Requirement.IsMetBy(value);

    /// <summary>Whether it is failed by the floor too: then no forwarder on this kernel meets it.</summary>
    public bool IsBeyondFloor => IsFailed && Floor is { } floor && !Requirement.IsMetBy(floor);
}

/// <summary>All that the packet path has to keep. This is the one place that has the numbers.</summary>
internal static class Requirements
{
    /// <summary>The list.</summary>
    public static ImmutableArray<Requirement> All { get; } =
    [
        new("cost.aes.10", "AES-GCM, fan-out 10: CPU per copy against the floor", Most: 1.0),
        new("cost.aes.50", "AES-GCM, fan-out 50: CPU per copy against the floor", Most: 1.0),
        new("cost.xchacha.10", "XChaCha20, fan-out 10: CPU per copy against the floor", Most: 1.05),
        new("cost.xchacha.50", "XChaCha20, fan-out 50: CPU per copy against the floor", Most: 1.05),
        new("burst.4", "4 packets at once: CPU per copy against the floor", Most: 0.6),
        new("growth.100", "100 listeners: CPU per copy against the floor", Most: 1.0),
        new("growth.1000", "1,000 listeners: CPU per copy against the floor", Most: 1.0),
        new("growth.5000", "5,000 listeners: CPU per copy against the floor", Most: 1.0),
        new("growth.20000", "20,000 listeners: CPU per copy against the floor", Most: 1.0),
        new("growth.fanout1000", "fan-out 1,000: CPU per copy against the floor", Most: 1.0),
        new("peer.mumble.50", "4 x 50 packets/s: CPU per copy against mumble-server", Most: 0.6, FloorFigure: "floor.mumble.50"),
        new("peer.mumble.500", "4 x 500 packets/s: CPU per copy against mumble-server", Most: 0.6, FloorFigure: "floor.mumble.500"),
        new("peer.rtpengine.50", "4 x 50 packets/s: CPU per copy against rtpengine", Most: 0.4, FloorFigure: "floor.rtpengine.50"),
        new("peer.rtpengine.500", "4 x 500 packets/s: CPU per copy against rtpengine", Most: 0.4, FloorFigure: "floor.rtpengine.500"),
        new("gathering.mumble.50", "the same with rounds 20 ms apart, 4 x 50 packets/s, against mumble-server", Most: 0.6),
        new("gathering.mumble.500", "the same with rounds 20 ms apart, 4 x 500 packets/s, against mumble-server", Most: 0.6),
        new("gathering.rtpengine.50", "the same with rounds 20 ms apart, 4 x 50 packets/s, against rtpengine", Most: 0.4),
        new("gathering.rtpengine.500", "the same with rounds 20 ms apart, 4 x 500 packets/s, against rtpengine", Most: 0.4),
        new("delay.70.p99", "p99 of the delay in the server at 70 % load, ms", Most: 2),
        new("quiet.p999", "p99.9 of the delay at 1,000 packets/s beside 500 joins/s, ms", Most: 2),
        new("quiet.joins", "joins a second beside it", Least: 450),
        new("workers.ratio", "CPU per copy of two workers against one at the same load each", Most: 1.1),
        new("failure.gap", "longest silence after a packet loop failed, ms", Most: 200),
        new("failure.repeated", "nonces used twice because of it", Most: 0),
        new("soak.growth", "growth of memory over the soak, percent", Most: 5),
        new("soak.unexplained", "packets of the soak that no counter explains", Most: 0),
        new("overload.goodput", "goodput at 200 % against the maximum", Least: 0.9),
        new("overload.jain", "evenness across receivers at 200 % (Jain)", Least: 0.95),
        new("overload.recovery", "seconds until nothing is dropped after the overload", Most: 1),
        new("verify.wrong", "copies that did not open or were not what was sent", Most: 0),
        new("verify.missing", "copies that did not come", Most: 0),
    ];

    /// <summary>Judges figures.</summary>
    public static ImmutableArray<Verdict> Judge(IEnumerable<Figure> figures)
    {
        var values = figures.GroupBy(figure => figure.Name).ToDictionary(group => group.Key, group => group.Last().Value);
        double? ValueOf(string? figure) => figure is not null && values.TryGetValue(figure, out var value) ? value : null;
        return [.. All.Select(requirement => new Verdict(requirement, ValueOf(requirement.Figure), ValueOf(requirement.FloorFigure)))];
    }
}
