namespace VoiceCluster.LoadGen.Scaling;

/// <summary>Draws channel sizes from a bounded Zipf distribution: P(k) in proportion to k^-s, k from 1 to a bound.</summary>
internal sealed class ChannelSizes
{
    private readonly double[] _cumulative;

    public ChannelSizes(double exponent, int largest)
    {
        _cumulative = new double[largest];
        var sum = 0.0;
        for (var size = 1; size <= largest; size++)
        {
            sum += Math.Pow(size, -exponent);
            _cumulative[size - 1] = sum;
        }
    }

    /// <summary>Sizes until their sum is the given number of users; the last one is cut to fit.</summary>
    public List<int> Draw(int users, Random random)
    {
        var sizes = new List<int>();
        for (var left = users; left > 0; left -= sizes[^1])
        {
            var index = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
            sizes.Add(Math.Min(left, (index < 0 ? ~index : index) + 1));
        }

        return sizes;
    }
}
