using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Tests.Voice;

public sealed class VoiceRosterTests
{
    private static readonly Snowflake User = new(40);
    private readonly VoiceRoster _roster = new();

    [Fact]
    public void Apply_connect_and_disconnect_keep_the_users()
    {
        _roster.Apply(new ClientsConnectEvent([User, new Snowflake(41)]));
        _roster.Apply(new ClientDisconnectEvent(new Snowflake(41)));

        _roster.Users.ShouldBe([User]);
        _roster.Contains(User).ShouldBeTrue();
    }

    [Fact]
    public void Apply_speaking_and_video_attribute_sources()
    {
        _roster.Apply(new SpeakingEvent(User, new Ssrc(1000), SpeakingFlags.Voice));
        _roster.Apply(new VideoEvent(new Snowflake(41), new Ssrc(1016)));

        _roster.TryGetUser(new Ssrc(1000), out var speaker).ShouldBeTrue();
        _roster.TryGetUser(new Ssrc(1016), out var other).ShouldBeTrue();
        (speaker, other).ShouldBe((User, new Snowflake(41)));
    }

    [Fact]
    public void Apply_disconnect_forgets_the_sources_of_that_user_only()
    {
        _roster.Apply(new SpeakingEvent(User, new Ssrc(1000), SpeakingFlags.Voice));
        _roster.Apply(new SpeakingEvent(new Snowflake(41), new Ssrc(1016), SpeakingFlags.Voice));

        _roster.Apply(new ClientDisconnectEvent(User));

        _roster.TryGetUser(new Ssrc(1000), out _).ShouldBeFalse();
        _roster.TryGetUser(new Ssrc(1016), out _).ShouldBeTrue();
    }
}
