namespace VoiceCluster.Simulation.Machinery;

/// <summary>All randomness of a run, from one seed.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random _random = new(seed);

    public bool OneIn(int number) => _random.Next(number) == 0;

    public int Below(int limit) => _random.Next(limit);

    public double Share() => _random.NextDouble();

    public TimeSpan Between(double fromMilliseconds, double toMilliseconds) =>
        TimeSpan.FromMilliseconds(fromMilliseconds + (_random.NextDouble() * (toMilliseconds - fromMilliseconds)));

    public T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    public Guid Guid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public string Text(int length) => _random.GetString("abcdefghijklmnopqrstuvwxyz0123456789", length);

    public long Positive() => _random.NextInt64(1, int.MaxValue);
}
