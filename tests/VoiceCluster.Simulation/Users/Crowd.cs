using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Simulation.Users;

/// <summary>All users, in guilds with two channels each.</summary>
internal sealed class Crowd
{
    private const int Guilds = 6;
    private const int UsersPerGuild = 4;

    private readonly World _world;

    public Crowd(World world)
    {
        _world = world;
        var realm = new Realm("default");
        Users =
        [
            .. Enumerable.Range(1, Guilds).SelectMany(guild =>
            {
                var scope = new Snowflake((ulong)guild * 1_000);
                ChannelKey[] channels = [new(realm, scope, new Snowflake(scope.Value + 1)), new(realm, scope, new Snowflake(scope.Value + 2))];
                return Enumerable.Range(1, UsersPerGuild).Select(user => new SimulatedUser(world, realm, scope, new Snowflake((ulong)user), channels));
            }),
        ];
        foreach (var user in Users)
        {
            Next(user);
        }
    }

    public IReadOnlyList<SimulatedUser> Users { get; }

    /// <summary>Whether users begin new things.</summary>
    public bool IsActive { get; set; } = true;

    private void Next(SimulatedUser user) => _world.Agenda.After(_world.Chance.Between(50, 4_000), () =>
    {
        user.NoteLostNodes();
        if (IsActive)
        {
            user.Act();
        }

        Next(user);
    });
}
