namespace VoiceCluster.Media.Workers;

/// <summary>Why a datagram, or one copy of it, went nowhere. The order is that of the checks.</summary>
public enum PacketDropReason
{
    /// <summary>It was not dropped.</summary>
    None,

    /// <summary>It was longer than is accepted.</summary>
    TooLong,

    /// <summary>It had waited too long in the kernel.</summary>
    TooOld,

    /// <summary>There is more to do than the worker can: it was shed, so that the rest is on time.</summary>
    Overload,

    /// <summary>It had piled up while the worker stood still.</summary>
    Backlog,

    /// <summary>The worker stood still, and nothing has said yet that its plans are still in force.</summary>
    UnconfirmedPlan,

    /// <summary>It is of no kind that is served here, or a keepalive that wants no answer.</summary>
    NotServed,

    /// <summary>An answer was wanted by an address to which no session is bound that has been told its key.</summary>
    NotBound,

    /// <summary>The address has had its share of answers.</summary>
    AnswerLimit,

    /// <summary>Nobody has this source.</summary>
    UnknownSource,

    /// <summary>The source's session is on another worker, which has another port.</summary>
    WrongWorker,

    /// <summary>A session's address used a source that is not the session's.</summary>
    ForeignSource,

    /// <summary>The session has no key yet.</summary>
    NotConfigured,

    /// <summary>The sender did not negotiate this payload type.</summary>
    UnknownPayloadType,

    /// <summary>A bandwidth probe: it ends here.</summary>
    Probe,

    /// <summary>No plan has the session in the call.</summary>
    NotPlanned,

    /// <summary>The sender is muted or suppressed.</summary>
    Muted,

    /// <summary>The session sent too many packets.</summary>
    PacketRate,

    /// <summary>Too many packets for the session came from addresses that are not its own.</summary>
    StrangerRate,

    /// <summary>Too many packets from this address could not be opened.</summary>
    FailedOpenLimit,

    /// <summary>It ends before it should.</summary>
    Malformed,

    /// <summary>Its tag is wrong: forged, damaged, or sealed under another key.</summary>
    NotAuthentic,

    /// <summary>It was seen before.</summary>
    Duplicate,

    /// <summary>It is older than the replay window reaches.</summary>
    BehindWindow,

    /// <summary>It is the first after a jump; the next one may confirm it.</summary>
    PendingResync,

    /// <summary>The sender exceeds the channel's bitrate.</summary>
    Bitrate,

    /// <summary>More people speak than are heard at once, and the sender is not one of these.</summary>
    NotSelected,

    /// <summary>It came so late that its number is no longer known.</summary>
    BehindRenumbering,

    /// <summary>A copy for an address that nothing confirmed exceeded what such an address is sent.</summary>
    Unconfirmed,

    /// <summary>A copy for a receiver that did not negotiate the codec.</summary>
    ReceiverLacksCodec,

    /// <summary>A copy whose header, which is its nonce, could repeat an earlier one.</summary>
    NonceWouldRepeat,

    /// <summary>A copy for a session whose nonces are used up.</summary>
    KeyExhausted,

    /// <summary>A copy that could not be sealed.</summary>
    NotSealed,

    /// <summary>Feedback or a report that came too often or concerns nobody here.</summary>
    Feedback,

    /// <summary>A relayed packet of a worker that no plan here names.</summary>
    UnknownLink,

    /// <summary>A relayed packet that was sent by an older epoch's plan than the one in force here.</summary>
    StaleEpoch,

    /// <summary>A relayed frame that the packet after it had brought already.</summary>
    AlreadyRelayed,

    /// <summary>A copy for a worker whose relay address is not known.</summary>
    NoRelayAddress,
}
