namespace VoiceCluster.LoadGen.Media;

/// <summary>Who is in which channel and who speaks. Users and channels count from 0.</summary>
internal interface ICallShape
{
    /// <summary>All channels.</summary>
    int Channels { get; }

    /// <summary>All users.</summary>
    int Users { get; }

    /// <summary>The channel a user is in.</summary>
    int ChannelOf(int user);

    /// <summary>Those who speak, in the order of their turns.</summary>
    IEnumerable<int> SpeakingUsers();
}

/// <summary>Who is in which channel: the same number of members in each, the first of whom speak. Users count from 0, channel by channel.</summary>
/// <param name="Channels">Channels.</param>
/// <param name="Members">Members of each; everybody hears everybody else.</param>
/// <param name="Speakers">How many of them speak.</param>
internal sealed record CallShape(int Channels, int Members, int Speakers) : ICallShape
{
    /// <summary>All users.</summary>
    public int Users => Channels * Members;

    /// <summary>Copies that each packet becomes.</summary>
    public int FanOut => Members - 1;

    /// <summary>The channel a user is in.</summary>
    public int ChannelOf(int user) => user / Members;

    /// <summary>Those who speak: first the first speaker of every channel, then the second ones.</summary>
    /// <remarks>Sent in this order, packets of one channel are as far apart as can be.</remarks>
    public IEnumerable<int> SpeakingUsers()
    {
        for (var speaker = 0; speaker < Speakers; speaker++)
        {
            for (var channel = 0; channel < Channels; channel++)
            {
                yield return (channel * Members) + speaker;
            }
        }
    }

    /// <summary>About so many users in channels of one size.</summary>
    public static CallShape For(int users, int fanOut, int speakers) =>
        new(Math.Max(1, (int)Math.Round(users / (fanOut + 1.0))), fanOut + 1, Math.Min(speakers, fanOut + 1));

    /// <inheritdoc />
    public override string ToString() => $"{Channels} channels of {Members} members, {Speakers} of them speaking";
}
