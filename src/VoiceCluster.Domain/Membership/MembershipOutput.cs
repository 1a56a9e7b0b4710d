using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Membership;

/// <summary>What membership wants done.</summary>
public abstract record MembershipOutput
{
    private MembershipOutput()
    {
    }

    /// <summary>Renew this node's row and read the table; answer with <c>HandleRenewed</c>, <c>HandleDeclaredDead</c> or <c>HandleRenewalFailed</c>.</summary>
    public sealed record Renew : MembershipOutput;

    /// <summary>Write a vote against a node that no link reaches. The store counts. It is wanted again with each renewal: a vote may get lost, and soon is too old to count.</summary>
    /// <param name="Suspect">Against whom.</param>
    /// <param name="IsRepeated">Whether it was wanted before.</param>
    public sealed record Vote(NodeIncarnation Suspect, bool IsRepeated = false) : MembershipOutput;

    /// <summary>Take a vote back: a link reaches the node again.</summary>
    public sealed record WithdrawVote(NodeIncarnation Suspect) : MembershipOutput;

    /// <summary>Declare a node dead whose row has expired, if the store's clock still says so.</summary>
    public sealed record Bury(NodeIncarnation Suspect) : MembershipOutput;

    /// <summary>Who is a member has changed, or who drains.</summary>
    public sealed record Changed(MembershipTable Table) : MembershipOutput;

    /// <summary>Others have declared this life dead: give up the shards and join again with another incarnation.</summary>
    public sealed record Rejoin : MembershipOutput;

    /// <summary>This node's lease has run out (true): it goes on provisionally. Or it has been renewed again (false).</summary>
    public sealed record Provisional(bool IsProvisional) : MembershipOutput;
}
