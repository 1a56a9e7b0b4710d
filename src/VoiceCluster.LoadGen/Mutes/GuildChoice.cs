using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary>Chooses a guild that belongs to the node which the backend speaks to: its requests go no further, also with the links cut, and the plans come from there.</summary>
/// <param name="node">That node's name.</param>
/// <param name="ownerOf">Asks for the name of the node that a guild belongs to.</param>
internal sealed class GuildChoice(string node, Func<ulong, Task<string>> ownerOf)
{
    /// <summary>How many guilds are asked about; one of a hundred nodes has about ten of them.</summary>
    internal const int Candidates = 1_000;

    /// <summary>The first guild from an id on that belongs to the node.</summary>
    /// <exception cref="RefusedException">Too many do not.</exception>
    public async Task<ulong> FindAsync(ulong first)
    {
        for (var guild = first; guild < first + Candidates; guild++)
        {
            if (string.Equals(await ownerOf(guild), node, StringComparison.Ordinal))
            {
                return guild;
            }
        }

        throw new RefusedException($"None of {Candidates} guilds belongs to {node}: it drains, or no other node reaches it. Let --url and --admin-url name another.");
    }

    /// <summary>Makes sure that a guild belongs to the node.</summary>
    /// <exception cref="RefusedException">It does not.</exception>
    public async Task<ulong> CheckAsync(ulong guild)
    {
        var owner = await ownerOf(guild);
        return string.Equals(owner, node, StringComparison.Ordinal)
            ? guild
            : throw new RefusedException($"Guild {guild} belongs to {owner}, and with the links cut nothing comes there from {node}. Leave --guild out to have one chosen.");
    }
}
