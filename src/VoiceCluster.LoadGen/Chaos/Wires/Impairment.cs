namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>What a wire does to what goes over it in one direction.</summary>
internal sealed record Impairment
{
    /// <summary>A wire that does nothing.</summary>
    public static Impairment None { get; } = new();

    /// <summary>A wire on which nothing arrives.</summary>
    public static Impairment Cut { get; } = new() { IsCut = true };

    /// <summary>How many of a thousand datagrams vanish.</summary>
    public int LossPerMille { get; init; }

    /// <summary>How long everything takes longer.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>By how much more a datagram may take, evenly spread; those behind it overtake it.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Nothing arrives, and nobody is told.</summary>
    public bool IsCut { get; init; }

    /// <summary>Decides on one datagram.</summary>
    /// <returns>How much later it arrives; null if it never does.</returns>
    public TimeSpan? Decide(Random random)
    {
        if (IsCut || (LossPerMille > 0 && random.Next(1000) < LossPerMille))
        {
            return null;
        }

        return Delay + (Jitter * (Jitter > TimeSpan.Zero ? random.NextDouble() : 0));
    }
}

/// <summary>The impairment of every direction between two nodes. Any thread.</summary>
internal sealed class LinkConditions(int nodes)
{
    private readonly Impairment[,] _between = Fill(nodes);

    /// <summary>What happens to what <paramref name="from"/> sends to <paramref name="to"/>.</summary>
    public Impairment this[int from, int to]
    {
        get => Volatile.Read(ref _between[from, to]);
        set => Volatile.Write(ref _between[from, to], value);
    }

    /// <summary>Sets every direction that is asked for.</summary>
    public void SetWhere(Func<int, int, bool> isMeant, Impairment impairment)
    {
        for (var from = 0; from < nodes; from++)
        {
            for (var to = 0; to < nodes; to++)
            {
                this[from, to] = isMeant(from, to) ? impairment : this[from, to];
            }
        }
    }

    /// <summary>Mends everything.</summary>
    public void Mend() => SetWhere(static (_, _) => true, Impairment.None);

    private static Impairment[,] Fill(int nodes)
    {
        var between = new Impairment[nodes, nodes];
        for (var i = 0; i < between.Length; i++)
        {
            between[i / nodes, i % nodes] = Impairment.None;
        }

        return between;
    }
}
