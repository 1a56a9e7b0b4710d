namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Where a connection stands.</summary>
public enum LvspConnectionState
{
    /// <summary>HELLO is out; only IDENTIFY and RESUME are taken.</summary>
    WaitingForAuthentication,

    /// <summary>The owner has to accept or reject.</summary>
    WaitingForOwner,

    /// <summary>READY is out.</summary>
    Live,

    /// <summary>Over; inputs and commands do nothing.</summary>
    Closed,
}
