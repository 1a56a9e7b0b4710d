using System.Collections.Immutable;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Channels of several sizes, as a site has them: most are small, few are large.</summary>
internal sealed class MixedCalls : ICallShape
{
    private static readonly ImmutableArray<int> Sizes = [2, 3, 2, 5, 2, 8, 3, 12, 2, 25, 3, 60];

    private readonly int[] _channelOf;
    private readonly ImmutableArray<int> _speaking;

    /// <summary>About so many users.</summary>
    /// <param name="users">At least 2.</param>
    /// <param name="mostSpeakers">How many of a channel speak at most.</param>
    public MixedCalls(int users, int mostSpeakers)
    {
        var channelOf = new List<int>();
        var speaking = ImmutableArray.CreateBuilder<int>();
        while (channelOf.Count < users)
        {
            var size = Math.Max(2, Math.Min(Sizes[Channels % Sizes.Length], users - channelOf.Count));
            speaking.AddRange(Enumerable.Range(channelOf.Count, Math.Min(size, mostSpeakers)));
            channelOf.AddRange(Enumerable.Repeat(Channels, size));
            Channels++;
        }

        _channelOf = [.. channelOf];
        _speaking = speaking.ToImmutable();
    }

    /// <inheritdoc />
    public int Channels { get; }

    /// <inheritdoc />
    public int Users => _channelOf.Length;

    /// <inheritdoc />
    public int ChannelOf(int user) => _channelOf[user];

    /// <inheritdoc />
    public IEnumerable<int> SpeakingUsers() => _speaking;

    /// <inheritdoc />
    public override string ToString() => $"{Channels} channels of 2 to {Sizes.Max()} members, {_speaking.Length} speaking by turns";
}
