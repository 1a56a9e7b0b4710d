using System.Net;
using BenchmarkDotNet.Attributes;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Benchmarks;

/// <summary>What one plan costs, which a channel makes at most once per interval however many join in it: made by its owner, put in force by the media plane.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private static readonly NodeIncarnation Node = new(new NodeId("node"), 1);
    private static readonly ChannelKey Key = new(new Realm("default"), new Snowflake(1), new Snowflake(2));

    private MediaPlane _plane = null!;
    private VoiceChannel _channel = null!;
    private ForwardingPlan _plan = null!;
    private long _version;

    [Params(50, 2000)]
    public int Users { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _plane = new MediaPlane(Node, new MediaOptions { ListenAddress = IPAddress.Loopback, Port = 0, Workers = 1 });
        _plane.StartWorker(0);
        SpinWait.SpinUntil(() => _plane.Workers[0].Running, TimeSpan.FromSeconds(10));
        _channel = new VoiceChannel { Key = Key, Definition = new ChannelDefinition(64_000, "salt", Origin: null) };
        for (var user = 1; user <= Users; user++)
        {
            Join(new Snowflake((ulong)user));
        }

        _plan = Make();
    }

    [Benchmark]
    public ForwardingPlan Make() => _channel.PlanForwarding(1, ++_version).Single();

    [Benchmark]
    public void Publish() => _plane.Publish(_plan with { Version = ++_version });

    [Benchmark(Baseline = true)]
    public void MakeAndPublish() => _plane.Publish(Make());

    [GlobalCleanup]
    public async Task Cleanup() => await _plane.DisposeAsync();

    private void Join(Snowflake user)
    {
        if (!_plane.TryOpenSession(new OpenMediaSession(Key, user), out var offer))
        {
            throw new InvalidOperationException("The media plane has no room.");
        }

        var session = new ChannelSession
        {
            ClaimId = Guid.NewGuid(),
            UserId = user,
            Gateway = new GatewayAddress(Node.Node, "gateway"),
            Worker = offer.Worker,
            MediaSession = offer.Session,
            Ssrc = offer.Ssrc,
        };
        Do(new VoiceChannelCommand.ProjectMember(user, 1, default(VoiceFlags)));
        Do(new VoiceChannelCommand.AttachSession(session));
        Do(new VoiceChannelCommand.EnterCall(session.ClaimId));
    }

    private void Do(VoiceChannelCommand command) =>
        _channel = _channel.Decide(command, TimeSpan.Zero, default).Aggregate(_channel, (channel, change) => channel.Apply(change));
}
