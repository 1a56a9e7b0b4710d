using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>What clients believe about who is there, after a message to them was lost within the cluster.</summary>
public sealed class ParticipantsTests
{
    [Fact]
    public async Task A_client_that_lost_sight_of_another_sees_him_again()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider() });
        await using var scene = await Scene.SetAsync(node);
        var (user, other) = (await scene.AddAsync(), await scene.AddAsync());
        await using var told = await VoicePeer.JoinAsync(node, user);
        await using var present = await VoicePeer.JoinAsync(node, other);
        await TellAsync(node, user, new ParticipantLeft(Ids.Snowflake(other.UserId)));
        (await told.UntilAsync(13)).Text("user_id").ShouldBe(other.UserId);

        node.Advance(TimeSpan.FromSeconds(30));

        (await told.UntilAsync(11)).GetProperty("user_ids")[0].GetString().ShouldBe(other.UserId);
    }

    private static async Task TellAsync(EndToEndNode node, Credentials user, IVoiceGatewayMessage message)
    {
        var membership = await node.MembershipAsync(user);
        node.Part<IEntityHost>().Tell(membership!.Claim!.Gateway, message);
    }
}
