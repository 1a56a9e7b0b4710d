using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Forwarding;

/// <summary>What the plan in force says of one session.</summary>
/// <param name="Session">Who it is; null in a place that nobody has.</param>
/// <param name="IsPlanned">Whether it is in the call.</param>
/// <param name="Sends">Whether it may be heard.</param>
/// <param name="Receives">Whether it is sent to.</param>
/// <param name="MuteGeneration">How often it was silenced so far: a packet that meets a new number is the first after it.</param>
internal readonly record struct RouteMember(MediaSession? Session, bool IsPlanned, bool Sends, bool Receives, int MuteGeneration);

/// <summary>One channel as the packet path sees it. Immutable.</summary>
/// <param name="Members">By <see cref="MediaSession.MemberIndex"/>.</param>
/// <param name="Sinks">Who is sent to, by <see cref="MediaSession.Slot"/>; each skips what it sent itself.</param>
/// <param name="AudioBytes">What each sender's voice may take, in payload bytes.</param>
/// <param name="Speakers">
/// Who is heard when many speak at once, or null in a channel too small for that. The worker's own: it outlives the route.
/// </param>
internal sealed record ChannelRoute(RouteMember[] Members, int[] Sinks, Rate AudioBytes, SpeakerSelection? Speakers = null)
{
    /// <summary>The channel on other workers.</summary>
    public RelayRoute Relay { get; init; } = RelayRoute.None;

    /// <summary>A channel without a plan: nobody sends, nobody receives.</summary>
    public static ChannelRoute Silent { get; } = new([], [], new Rate(1, TimeSpan.Zero));

    /// <summary>What is planned for a session; nothing, for one that came after the plan.</summary>
    public RouteMember Member(MediaSession session)
    {
        var member = session.MemberIndex < Members.Length ? Members[session.MemberIndex] : default;
        return member.Session == session ? member : default;
    }

    /// <summary>The same route without a session, which is closed.</summary>
    public ChannelRoute Without(MediaSession session)
    {
        if (Member(session).Session is null)
        {
            return this;
        }

        var members = (RouteMember[])Members.Clone();
        members[session.MemberIndex] = default;
        return this with { Members = members, Sinks = Array.FindAll(Sinks, slot => slot != session.Slot) };
    }
}
