namespace VoiceCluster.Crypto;

/// <summary>Why a sealed packet could not be opened.</summary>
public enum OpenError
{
    /// <summary>It was opened.</summary>
    None,

    /// <summary>It ends before its clear part, tag and nonce suffix do.</summary>
    TooShort,

    /// <summary>Its tag does not fit its bytes under this key: forged, damaged, or meant for another session.</summary>
    NotAuthentic,
}
