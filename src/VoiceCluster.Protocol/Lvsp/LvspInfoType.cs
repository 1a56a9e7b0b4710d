namespace VoiceCluster.Protocol.Lvsp;

/// <summary>The <c>type</c> of an INFO in Litecord form, as the latest revision of the LVSP document numbers it.</summary>
/// <remarks>
/// The server writes these. It reads both these and <see cref="LvspLitecordInfoType"/>, and tells them apart by the body.
/// </remarks>
public enum LvspInfoType
{
    ChannelRequest = 0,
    ChannelAssign = 1,
    ChannelDestroy = 2,
    VoiceStateCreate = 3,
    VoiceStateDone = 4,
    VoiceStateDestroy = 5,
    VoiceStateUpdate = 6,
}

/// <summary>The <c>type</c> of an INFO in Litecord form, as Litecord's code numbers it.</summary>
public enum LvspLitecordInfoType
{
    ChannelRequest = 0,
    ChannelAssign = 1,
    ChannelUpdate = 2,
    ChannelDestroy = 3,
    VoiceStateCreate = 4,
    VoiceStateUpdate = 5,
    VoiceStateLeave = 6,
}

/// <summary>The <c>type</c> of an INFO in document form, as the first LVSP document numbers it.</summary>
public enum LvspDocumentInfoType
{
    Channel = 0,
    VoiceState = 1,
}
